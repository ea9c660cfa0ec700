"""Code among the names of a checkpoint, while a board is debugged."""


def __iot_names__(variables):
    import sys
    from builtins import NameError, dict, enumerate, eval, exec, len, list, tuple, zip

    def names_of(module):
        return sys.modules[module].__dict__ if module else variables

    def parted(values, count):
        """Takes apart what a checkpoint has handed over; see debugging/instrumentation/handed_over.py."""
        return list(values[:2]) + list(values[2]) if count > 3 else list(values[:count])

    def joined(parts):
        return (parts[0], parts[1], parts[2:]) if len(parts) > 3 else tuple(parts)

    def bound(names, unsure, values):
        parts = parted(values, len(names) + (1 if unsure else 0))
        pairs = list(zip(names, parts))
        for at, name in enumerate(unsure):
            try:
                pairs.append((name, parts[-1](at)))
            except NameError:
                pass
        return pairs

    def evaluated(code, pairs, module, executes=False):
        space = names_of(module)
        if pairs:
            space = dict(space)
            space.update(pairs)
        return (exec if executes else eval)(code, space), space

    def spread(mixed, before, names, unsure, settable, space):
        """Finds out which names were assigned to, and which are gone.

        Returns the values that those of the checkpoint have by now, and the names that cannot get theirs.
        """
        new = {name: before[name] for name in names}
        kept = []
        for name in names + unsure:
            if name in mixed and (name not in before or mixed[name] is not before[name]):
                if name in names[:settable]:
                    new[name] = mixed[name]
                else:
                    kept.append(name)
        for name in mixed:
            if name not in names + unsure and (name not in before or before[name] is not mixed[name]):
                space[name] = mixed[name]
        for name in before:
            if name not in mixed and name not in names + unsure:
                space.pop(name, None)
        return [new[name] for name in names] if settable else None, kept

    def renewed(values, new, names, unsure):
        """What a checkpoint would have handed over if the names of it had these values."""
        return joined(new + parted(values, len(names) + (1 if unsure else 0))[len(names) :])

    return names_of, bound, evaluated, spread, renewed
