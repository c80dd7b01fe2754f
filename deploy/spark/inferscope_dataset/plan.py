"""Which files of the data set are written anew. A partition is cut into slices by the order of its rows, one file a slice; new rows
fall into slices, and only those slices are written again into which something falls, or from which something goes."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from inferscope_dataset import layout


@dataclass
class Known:
    """A file of the published data set."""

    member: dict
    first: list

    @property
    def path(self) -> str:
        return self.member["path"]


@dataclass
class Slice:
    """Rows of a partition from a key on, up to the next slice's."""

    values: tuple[str | None, ...]
    # None: from the beginning on.
    low: list | None
    files: list[Known] = field(default_factory=list)
    rows: float = 0
    changed: bool = False


@dataclass
class Plan:
    """Slices that are written, by number, and where each partition's begin."""

    slices: dict[int, Slice] = field(default_factory=dict)
    # Partition → the keys where slices begin (without the first), numbers of the slices (None: stays as it is).
    starts: dict[tuple, tuple[list[list], list[int | None]]] = field(default_factory=dict)
    # Rows of a full file.
    rows: int = 0

    def place(self, values: tuple, key: list) -> tuple[int | None, list | None]:
        """The number of the slice that a key falls into, and the key where the next one begins."""
        lows, numbers = self.starts[values]
        at = at_(lows, key)
        return numbers[at], lows[at] if at < len(lows) else None

    def end(self, number: int) -> list | None:
        """The key where the slice after this one begins."""
        lows, numbers = self.starts[self.slices[number].values]
        at = numbers.index(number)
        return lows[at] if at < len(lows) else None


def at_(lows: list[list], key: list) -> int:
    """Into which slice a key falls, of those that the first of, and these keys, begin."""
    return bisect_right(lows, layout.rank(key), key=layout.rank)


def begins(known: dict[tuple, list[Known]]) -> dict[tuple, list[list]]:
    """The keys where the files of each partition begin."""
    return {values: sorted((file.first for file in files), key=layout.rank) for values, files in known.items()}


def fallen(firsts: dict[tuple, list[list]], values: tuple, first: list, last: list) -> list[tuple[tuple, tuple]]:
    """The files that rows between two keys fall into, each by its partition and its first key."""
    keys = firsts.get(values)
    if not keys:
        # All rows of a new partition: one key is enough for it to be planned.
        return [(values, (None,) * len(first))]
    return [(values, tuple(keys[at])) for at in range(at_(keys[1:], first), at_(keys[1:], last) + 1)]


def goal(rows: int, partitions: int, wanted: int) -> int:
    """Rows of a file, so that there are not too many files: every partition may have one that is not full."""
    room = layout.MOST_FILES * 3 // 4 - partitions
    if room <= 0:
        raise ValueError(
            f"{partitions} pairs of model and accelerator are more than one data set can have ({layout.MOST_FILES * 3 // 4 - 1}, since the page "
            f"lists {layout.MOST_FILES} files): make a data set of each folder of the input"
        )
    # A slice that has just been cut is half full.
    return max(wanted, -(-rows * 2 // room))


def planned(
    known: dict[tuple, list[Known]], incoming: Iterable[tuple[tuple, list, float]], losing: set[str], wanted: int
) -> Plan:
    """`incoming` are new rows as (partition, key, how many), `losing` files that have rows which are replaced or gone."""
    new: dict[tuple, list[tuple[list, float]]] = {}
    for values, key, rows in incoming:
        new.setdefault(values, []).append((key, rows))
    total = sum(file.member["rows"] for files in known.values() for file in files) + sum(
        rows for each in new.values() for _, rows in each
    )
    most = goal(int(total), len(known.keys() | new.keys()), wanted)
    crowded = sum(map(len, known.values())) > layout.MOST_FILES * 3 // 4
    plan = Plan(rows=most)
    for values in sorted(known.keys() | new.keys(), key=lambda values: [value or "" for value in values]):
        coming, files = new.get(values, []), known.get(values, [])
        if not coming and not crowded and not any(file.path in losing for file in files):
            continue
        slices = merged(sliced(values, files, coming, losing, most), most, crowded)
        numbers: list[int | None] = []
        for each in slices:
            numbers.append(len(plan.slices) if each.changed else None)
            if each.changed:
                plan.slices[len(plan.slices)] = each
        plan.starts[values] = ([each.low or [] for each in slices[1:]], numbers)
    return plan


def sliced(values: tuple, files: list[Known], coming: list[tuple[list, float]], losing: set[str], most: int) -> list[Slice]:
    files = sorted(files, key=lambda file: layout.rank(file.first))
    slices = [
        Slice(values, file.first if i else None, [file], file.member["rows"], file.path in losing)
        for i, file in enumerate(files)
    ]
    slices = slices or [Slice(values, None)]
    starts = [each.low or [] for each in slices[1:]]
    inside: list[list[tuple[tuple, list, float]]] = [[] for _ in slices]
    for key, rows in coming:
        inside[at_(starts, key)].append((layout.rank(key), key, rows))
    found = []
    for each, more in zip(slices, inside, strict=True):
        each.changed |= bool(more)
        added = sum(rows for *_, rows in more)
        # Cut where the new rows are: what was there is one file already, which every part reads its share of.
        pieces, sum_, cut = max(1, round((each.rows + added) / most)), 0.0, [each]
        for rank, key, rows in sorted(more, key=lambda one: one[0]):
            if sum_ >= added * len(cut) / pieces and len(cut) < pieces and rank > layout.rank(cut[-1].low or []):
                cut.append(Slice(values, key, each.files, 0, True))
            sum_ += rows
            cut[-1].rows += rows
        found += cut
    return found


def merged(slices: list[Slice], most: int, crowded: bool) -> list[Slice]:
    """Slices that would be small go with their neighbour, as far as one of them is written anyway; all, where files are too many."""
    found: list[Slice] = []
    for each in slices:
        last = found[-1] if found else None
        small = last and min(last.rows, each.rows) < most / 4 and last.rows + each.rows <= most
        if last and small and (last.changed or each.changed or crowded):
            last.files = last.files + [file for file in each.files if file not in last.files]
            last.rows += each.rows
            last.changed = True
        else:
            found.append(each)
    return found
