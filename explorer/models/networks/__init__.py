"""Networks of timm for checkpoints: measured, recognised, built without values, filled."""
