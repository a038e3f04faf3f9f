"""Lowering: targets, the pipeline, the recording of every pass, GPU schedules."""
