"""What happened: a run's folder, written by the training and read by whoever watches.

run: the folder; position: how far it is; events: its log, appended and tailed; history: what they
tell, as curves; run_answers: what the best model said to the validation pictures; run_tables: runs
beside each other; sample, probe: pictures as the model saw them, and where it looked; lock: who
holds a run. None of it needs torch.
"""
