"""The pictures' way from their files to the network, the same however many processes work at it.

batches: in what order, and who makes them; workers: the processes that do; augmentation: from a
file to what the network sees; shared_bytes: their memory.
"""
