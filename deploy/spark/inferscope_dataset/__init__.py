"""The parts of build_dataset.py that run on the workers, too."""
