"""The learning itself, in a process of its own, or in many.

What happens        program: what `train RUN` does; loop: stages, epochs, what is saved and told;
                    learning: a step; validation: how good it is; estimate: what it will take
The network         learner: its new head, what is frozen; optimising: timm's optimisers and
                    schedules; mixing, chance: mixup, drop path; tracing: follows the probe
Beside it           pace: how fast; desk: what is wished of it; ranks: the processes that train
                    together; checkpoint, tensor_file, trees: what is kept; faults: missing memory
                    in words
"""
