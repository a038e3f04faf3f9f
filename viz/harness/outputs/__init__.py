"""What is seen of an output beside its reference: patterns of its errors, pictures."""
