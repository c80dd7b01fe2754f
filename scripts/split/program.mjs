// A WebAssembly program in two parts, made with Binaryen. Its own `wasm-split` would do, but npm's Binaryen comes without it.
import binaryen from "binaryen";
import { references, without } from "./references.mjs";

const { Features } = binaryen;
/** What rustc's target has, and every browser since 2022. */
const FEATURES =
  Features.BulkMemory | Features.BulkMemoryOpt | Features.MutableGlobals | Features.Multivalue | Features.NontrappingFPToInt |
  Features.ReferenceTypes | Features.SignExt;

/** What a linker says of itself is no longer true of what is made of its program. */
const OF_LINKER = /^(linking|reloc\..*|producers|target_features)$/;

function read(bytes) {
  const module = binaryen.readBinary(without(bytes, (name) => OF_LINKER.test(name)));
  module.setFeatures(FEATURES);
  return module;
}

/** The bytes of a program, without the names of its functions. */
function written(module) {
  const bytes = module.emitBinary();
  module.dispose();
  if (!WebAssembly.validate(bytes)) throw new Error("splitting the page's program made one that no browser takes");
  return bytes;
}

const list = (count, at) => Array.from({ length: count }, (_, index) => at(index));
const functions = (module) => list(module.getNumFunctions(), (at) => binaryen.getFunctionInfo(module.getFunctionByIndex(at)));
const tables = (module) => list(module.getNumTables(), (at) => binaryen.getTableInfo(module.getTableByIndex(at)));
const globals = (module) => list(module.getNumGlobals(), (at) => binaryen.getGlobalInfo(module.getGlobalByIndex(at)));

/** The program as a whole, without what only splitting it takes. */
export const whole = (bytes) => written(read(bytes));

/** The program with a call of the import `r.mark` at the start of each function, with its place among the functions. */
export function marked(bytes) {
  const module = read(bytes);
  const own = functions(module).filter((one) => !one.module);
  module.addFunctionImport("mark", "r", "mark", binaryen.i32, binaryen.none);
  own.forEach(({ name, body, results }, at) => {
    const mark = module.call("mark", [module.i32.const(at)], binaryen.none);
    binaryen.Function.setBody(module.getFunction(name), module.block(null, [mark, body], results));
  });
  return written(module);
}

/**
 * The two parts of a program: the functions at the places `called` with what of data and function table they refer to (by the program
 * as it was linked), and the rest. The first part calls functions of the rest, which it imports from `r`; the rest takes memory,
 * tables and functions from the exports of the first, `f`. `imports` has the new names of what is imported from wasm-bindgen's
 * glue, whose own are half made of hashes.
 */
export function parts(bytes, linked, called) {
  const [first, rest] = [read(bytes), read(bytes)];
  const all = functions(first);
  const own = all.filter((one) => !one.module);
  const outer = all.filter((one) => one.module);
  const { known, of } = references(linked);
  const running = own.filter((_, at) => called.has(at)).map(({ name }) => name);
  // wasm-bindgen's own functions refer to no data.
  const strange = running.find((name) => /^_(ZN|R).*(?<! shim)$/.test(name) && !known.has(name));
  if (strange) throw new Error(`${strange} is not in the program as it was linked: what it refers to is not known`);
  const kept = of(running);

  // One row of short names for whatever one part takes from the other.
  const names = new Map([...own, ...outer].map(({ name }, at) => [name, at.toString(36)]));
  own.forEach(({ name, params, results }, at) => {
    const [module, from] = called.has(at) ? [rest, "f"] : [first, "r"];
    // Added anew: what is turned into an import keeps a type that no browser knows yet.
    module.removeFunction(name);
    module.addFunctionImport(name, from, names.get(name), params, results);
  });
  for (const { name, params, results } of outer) rest.addFunctionImport(name, "f", names.get(name), params, results);

  list(rest.getNumExports(), (at) => binaryen.getExportInfo(rest.getExportByIndex(at)).name).forEach((name) => rest.removeExport(name));
  divideTable(first, rest, (name) => kept.table.has(name) || !known.has(name));
  divideData(first, rest, kept.data);
  for (const { name, type, mutable } of globals(rest)) rest.addGlobalImport(name, "f", `G${name}`, type, mutable);
  for (const { name } of tables(rest)) rest.addTableImport(name, "f", `T${name}`);

  const unused = ["remove-unused-module-elements"];
  // What the first part does not call is gone from a copy of it.
  const copy = read(first.emitBinary());
  copy.runPasses(unused);
  for (const { module, base } of functions(copy)) if (module === "r") rest.addFunctionExport(own[Number.parseInt(base, 36)].name, base);
  copy.dispose();
  rest.runPasses(unused);
  for (const { module, name, base } of functions(rest)) if (module) first.addFunctionExport(name, base);
  for (const { module, name, base } of tables(rest)) if (module) first.addTableExport(name, base);
  for (const { module, name, base } of globals(rest)) if (module) first.addGlobalExport(name, base);

  const imports = outer.map(({ base }, at) => [base, `i${at.toString(36)}`]);
  outer.forEach(({ name, module, params, results }, at) => first.addFunctionImport(name, module, imports[at][1], params, results));
  first.runPasses(unused);
  return { first: written(first), rest: written(rest), imports };
}

/** Leaves to each part its entries of the function table. */
function divideTable(first, rest, isFirst) {
  const segments = list(first.getNumElementSegments(), (at) => binaryen.getElementSegmentInfo(first.getElementSegmentByIndex(at)));
  for (const { name, table, offset, data } of segments) {
    const { value } = binaryen.getExpressionInfo(offset);
    for (const module of [first, rest]) module.removeElementSegment(name);
    // In runs of entries of the same part.
    for (let from = 0, to; from < data.length; from = to) {
      const module = isFirst(data[from]) ? first : rest;
      to = from + 1;
      while (to < data.length && isFirst(data[to]) === (module === first)) to++;
      module.addActiveElementSegment(table, `${name}.${from}`, data.slice(from, to), module.i32.const(value + from));
    }
  }
}

/** Leaves to the first part the data in `ranges` of addresses, in order and apart, and the others to the rest. */
function divideData(first, rest, ranges) {
  const { initial, max } = first.getMemoryInfo();
  const [kept, left] = [[], []];
  for (const { offset, data } of list(first.getNumDataSegments(), (at) => first.getDataSegmentInfo(first.getDataSegmentByIndex(at)))) {
    const cut = (into, from, to) => {
      if (from < to) into.push({ from, data: new Uint8Array(data.slice(from - offset, to - offset)) });
    };
    let at = offset;
    const end = offset + data.byteLength;
    for (const [start, stop] of ranges) {
      if (stop <= at || start >= end) continue;
      cut(left, at, start);
      cut(kept, Math.max(start, at), Math.min(stop, end));
      at = Math.min(stop, end);
    }
    cut(left, at, end);
  }
  const set = (module, parts) => {
    const segments = parts.map(({ from, data }) => ({ offset: module.i32.const(from), data, passive: false }));
    module.setMemory(initial, max ?? -1, null, segments);
  };
  set(first, kept);
  set(rest, left);
  rest.addMemoryImport("0", "f", "memory");
}
