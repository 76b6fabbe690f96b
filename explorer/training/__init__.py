"""Fine-tuning: what to do (recipe), with what (dataset), and what happened (run)."""
