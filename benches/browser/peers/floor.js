// The least that any program can take: Rust, SIMD, no diagnostics, kinds from the first row. Not a product.
let program;

export const start = async () => {
  program = (await WebAssembly.instantiateStreaming(fetch("/floor.wasm"), {})).instance.exports;
  program.chunk(1 << 18);
};

export const parse = (bytes) => {
  const at = program.buf(bytes.byteLength);
  new Uint8Array(program.memory.buffer, at, bytes.byteLength).set(new Uint8Array(bytes));
  return program.parse_all();
};
