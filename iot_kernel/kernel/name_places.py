"""Where a board looks for what stands at the cursor: in what the cell imports, or among variables. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from iot_kernel.device.lookup import Place
from iot_kernel.syntax.bindings import Bindings, Imported, Made
from iot_kernel.syntax.cursor import Typed, TypedKind


def place_of(typed: Typed, bound: Bindings | None) -> Place | None:
    """Where what is being typed may be.

    Args:
        typed: it.
        bound: what the cell binds names to; None for a board that knows variables only.

    Returns:
        None where only text can tell.
    """
    chain = typed.chain
    if chain is None or (typed.kind is TypedKind.ATTRIBUTE and chain[:1] == ("self",)):
        return None
    if typed.kind is TypedKind.IMPORTED and bound is not None:
        return Imported(".".join(chain))
    return place_of_chain(chain, bound)


def place_of_word(word: Typed, chain: Sequence[str], bound: Bindings | None) -> Place:
    """Where a whole word is.

    Args:
        word: it.
        chain: the names that lead to it; see `chain_of`.
        bound: as for `place_of`.
    """
    if bound is not None and word.kind is TypedKind.IMPORTED and word.prefix:
        return Imported(".".join(chain[:-1]), tuple(chain[-1:]))
    if bound is not None and word.kind is TypedKind.MODULE:
        return Imported(".".join(chain))
    return place_of_chain(chain, bound)


def place_of_chain(chain: Sequence[str], bound: Bindings | None) -> Place:
    """Where a chain of names leads: into what the cell imports, else from the variables."""
    match bound.get(chain[0]) if bound and chain else None:
        case Imported(module, path):
            return Imported(module, (*path, *chain[1:]))
    return chain


def chain_of(word: Typed) -> tuple[str, ...] | None:
    """The names that lead to a word, or to the function whose arguments are being typed."""
    if word.prefix and word.chain is not None:
        return (*word.chain, word.prefix)
    return word.function


def called_for(chain: Sequence[str] | None, bound: Bindings | None) -> tuple[str, ...]:
    """The names that lead to what the cell calls for the first name of a chain.

    Args:
        chain: the names, from a variable on.
        bound: as for `place_of`.

    Returns:
        None of them where nothing is called, or a thing that the cell itself defines: the board has an older
        one, at most.
    """
    made = bound.get(chain[0]) if bound and chain else None
    if not bound or not isinstance(made, Made) or bound.get(made.chain[0], made) is None:
        return ()
    return made.chain


def is_module(place: Place | None) -> bool:
    """Whether a place is a module that will be imported, and nothing in it."""
    return isinstance(place, Imported) and not place.path


def is_ucore(place: Place | None) -> bool:
    """Whether a place is the module ``ucore``, by whatever name."""
    return place == Imported("ucore") or place == ("ucore",)
