"""Python's collector of cyclic garbage, which is to look seldom at what a process keeps."""

import gc


def relax() -> None:
    """Once everything is loaded. Adding up 100,000 records makes millions of objects and next to no cycles: with the
    defaults, looking through them takes a third of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
