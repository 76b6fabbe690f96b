"""The learning itself, in a process of its own, or in many.

What happens        program: what `train RUN` does; loop: stages, epochs, what is saved and told;
                    learning: a step; validation: how good it is; estimate: what it will take
What is learned     lesson: what classes and captions do differently; class_lesson, caption_lesson
The network         learner: its new head; caption_learner: its new decoder; learners: which of
                    both; freezing: what a stage trains; optimising: timm's optimisers and
                    schedules; mixing, chance: mixup, drop path; tracing, caption_tracing: follow
                    the probe
Beside it           pace: how fast; desk: what is wished of it; ranks: the processes that train
                    together; checkpoint, tensor_file, trees: what is kept; faults: missing memory
                    in words
"""
