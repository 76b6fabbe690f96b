"""The window. It imports no torch: that is the compute thread's business."""
