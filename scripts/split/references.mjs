// What of a program's data and function table its functions refer to, from what wasm-ld writes for `--emit-relocs`: a symbol table,
// and every place in code and data where the number of a function or an address stands.
// https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md

const CODE = 10;
const DATA = 11;
/** Kinds of relocations: a function's place in the table, and an address. */
const TABLE = new Set([1, 2, 12, 18, 19, 24]);
const ADDRESS = new Set([3, 4, 5, 11, 14, 15, 16, 17, 21, 22, 23, 25]);
/** Kinds that have an addend after the symbol. */
const ADDED = new Set([...ADDRESS, 8, 9, 22]);

/**
 * Reads a linked program. Gives a function from the names of functions to what they, and data that they refer to, refer to:
 * `table`, the names of functions in the table, and `data`, ranges of addresses `[from, to]`, in order and apart. `known` has
 * the names of all functions.
 */
export function references(bytes) {
  const found = sections(bytes);
  const symbols = symbolTable(found.custom("linking"));
  const names = functionNames(found.custom("name"));
  const functions = bodies(found.of(CODE), found.imported);
  const segments = dataSegments(found.of(DATA));

  // What each function, and each data symbol, refers to: symbols.
  const ofFunction = new Map();
  const within = (list, at) => {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].from <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const add = (map, key, symbol) => (map.get(key) ?? map.set(key, []).get(key)).push(symbol);
  for (const { kind, at, symbol } of relocations(found.custom("reloc.CODE"))) {
    const holder = functions[within(functions, at)];
    if (holder && at < holder.to && (TABLE.has(kind) || ADDRESS.has(kind))) add(ofFunction, names.get(holder.index), symbols[symbol]);
  }
  const data = symbols
    .filter((symbol) => symbol.kind === 1 && symbol.size > 0)
    .map((symbol) => ({ symbol, from: segments[symbol.segment].at + symbol.offset, to: segments[symbol.segment].at + symbol.offset + symbol.size }))
    .sort((one, other) => one.from - other.from);
  const ofData = new Map();
  for (const { kind, at, symbol } of relocations(found.custom("reloc.DATA"))) {
    if (!TABLE.has(kind) && !ADDRESS.has(kind)) continue;
    // Symbols can lie within others, but not far within.
    for (let place = within(data, at), steps = 0; place >= 0 && steps < 8; place--, steps++) {
      if (at < data[place].to) add(ofData, data[place].symbol, symbols[symbol]);
    }
  }
  const address = (symbol) => segments[symbol.segment].address + symbol.offset;

  const of = (kept) => {
    const table = new Set();
    const reached = new Set();
    const next = [];
    const take = (symbol) => {
      if (symbol.kind === 0) table.add(names.get(symbol.index));
      else if (symbol.kind === 1 && symbol.size > 0 && !reached.has(symbol)) {
        reached.add(symbol);
        next.push(symbol);
      }
    };
    for (const name of kept) ofFunction.get(name)?.forEach(take);
    while (next.length > 0) ofData.get(next.pop())?.forEach(take);
    return { table, data: merged([...reached].map((symbol) => [address(symbol), address(symbol) + symbol.size])) };
  };
  return { of, known: new Set(names.values()) };
}

/** Ranges in order; those that touch, overlap or nearly do as one. */
function merged(ranges) {
  const all = [];
  for (const [from, to] of ranges.sort((one, other) => one[0] - other[0])) {
    const last = all.at(-1);
    // To start another segment takes as much.
    if (last && from <= last[1] + 8) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
  }
  return all;
}

// ---- the binary format ----

/** A place in bytes that moves on as numbers and names are read. */
class Reader {
  constructor(bytes, at = 0, end = bytes.length) {
    Object.assign(this, { bytes, at, end });
  }
  get more() {
    return this.at < this.end;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }
  name() {
    const size = this.number();
    this.at += size;
    return new TextDecoder().decode(this.bytes.subarray(this.at - size, this.at));
  }
  part() {
    const size = this.number();
    this.at += size;
    return new Reader(this.bytes, this.at - size, this.at);
  }
  many(one) {
    return Array.from({ length: this.number() }, (_, index) => one(index));
  }
}

function sections(bytes) {
  const reader = new Reader(bytes, 8);
  const [plain, custom] = [new Map(), new Map()];
  while (reader.more) {
    const id = reader.byte();
    const part = reader.part();
    if (id === 0) custom.set(part.name(), part);
    else plain.set(id, part);
  }
  const demand = (map, key) => {
    if (!map.has(key)) throw new Error(`the page's program was linked without “${key}”: --emit-relocs and strip = false`);
    return map.get(key);
  };
  return { of: (id) => demand(plain, id), custom: (name) => demand(custom, name), imported: importedFunctions(plain.get(2)) };
}

/** The bytes without the sections named `custom`. */
export function without(bytes, custom) {
  const reader = new Reader(bytes, 8);
  const kept = [bytes.subarray(0, 8)];
  while (reader.more) {
    const from = reader.at;
    const id = reader.byte();
    const part = reader.part();
    if (id !== 0 || !custom(part.name())) kept.push(bytes.subarray(from, reader.at));
  }
  return Buffer.concat(kept);
}

function importedFunctions(reader) {
  const limits = () => {
    const flags = reader.byte();
    reader.number();
    if (flags & 1) reader.number();
  };
  const kinds = reader.many(() => {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind === 0) reader.number();
    else if (kind === 3) reader.at += 2;
    else {
      if (kind === 1) reader.byte();
      limits();
    }
    return kind;
  });
  return kinds.filter((kind) => kind === 0).length;
}

/** Functions with their bodies' places within the section. */
function bodies(reader, imported) {
  const start = reader.at;
  return reader.many((index) => {
    const from = reader.at - start;
    reader.part();
    return { index: imported + index, from, to: reader.at - start };
  });
}

/** Active segments: their addresses, sizes and places within the section. */
function dataSegments(reader) {
  const start = reader.at;
  return reader.many(() => {
    const flags = reader.number();
    if (flags !== 0 || reader.byte() !== 0x41) throw new Error("a data segment without an address");
    const address = reader.number();
    reader.byte();
    const { at, end } = reader.part();
    return { address, at: at - start, size: end - at };
  });
}

function symbolTable(reader) {
  reader.number();
  while (reader.more) {
    const kind = reader.byte();
    const part = reader.part();
    if (kind === 8) return part.many(() => symbol(part));
  }
  throw new Error("the page's program was linked without a symbol table");
}

function symbol(reader) {
  const kind = reader.byte();
  const flags = reader.number();
  const undefined_ = (flags & 0x10) !== 0;
  if (kind === 1) {
    reader.name();
    return undefined_ ? { kind, size: 0 } : { kind, segment: reader.number(), offset: reader.number(), size: reader.number() };
  }
  const index = reader.number();
  if (kind !== 3 && (!undefined_ || flags & 0x40)) reader.name();
  return { kind, index };
}

function functionNames(reader) {
  while (reader.more) {
    const kind = reader.byte();
    const part = reader.part();
    if (kind === 1) return new Map(part.many(() => [part.number(), part.name()]));
  }
  throw new Error("the page's program was linked without names");
}

function relocations(reader) {
  reader.number();
  return reader.many(() => {
    const [kind, at, symbol] = [reader.byte(), reader.number(), reader.number()];
    if (ADDED.has(kind)) reader.number();
    return { kind, at, symbol };
  });
}
