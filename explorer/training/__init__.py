"""Fine-tuning: what to do (recipe), with what (dataset), and what happened (run).

What to do          recipe: every setting, in records; settings: how a setting explains and checks
                    itself; recipe_file: as TOML, with the line of what is wrong; recipe_changes:
                    “stages.0.epochs=3”, and in what recipes differ
With what           dataset: the labelled pictures of a folder, recognised by layouts (file names,
                    folders) and tables (CSV), as examples; checking: broken and double pictures
What happened       run: a run's folder; events: its log, appended and tailed; history: what they
                    tell, as curves; sample, probe: pictures as the model saw them, and where it
                    looked; lock, files: who holds a run, and how its files appear whole
The pictures' way   batches: the same, whoever makes them; workers: the processes that make them;
                    augmentation: from a file to what the network sees; shared_bytes: their memory
The learning        program: what `train RUN` does; loop: stages, epochs, what is saved and told;
                    learner: the network, its new head, what is frozen; learning: a step;
                    optimising: timm's optimisers and schedules; mixing, chance: mixup, drop path;
                    validation: how good it is; tracing: follows the probe
Beside it           position: how far it is; pace: how fast; desk: what is wished of it; ranks:
                    the processes that train together; checkpoint, tensor_file, trees: what is kept;
                    faults: missing memory in words; estimate: what it will take

The first three rows need no torch: the window reads them when it starts.
"""
