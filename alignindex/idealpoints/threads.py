"""One thread for small matrices: on a busy machine BLAS threads wait for one another."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

__all__ = ["one_thread"]


def one_thread() -> AbstractContextManager[Any]:
    """Limit BLAS to one thread where the package threadpoolctl is installed (extra ``fast``).

    The blocks of a period have some 200 rows. Factorising them in two threads gains little on a
    quiet machine, and costs many times the work where the cores are shared.

    Examples
    --------
    >>> with one_thread():
    ...     pass
    """
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(limits=1, user_api="blas")
    return limits
