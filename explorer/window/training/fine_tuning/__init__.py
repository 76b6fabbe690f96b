"""The dialog Training > Fine-tune, part by part: pictures, recipe, what it will cost."""
