"""Operations: jobs, and the care of storage and index."""
