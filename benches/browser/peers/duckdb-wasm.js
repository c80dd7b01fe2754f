import { AsyncDuckDB, DuckDBDataProtocol, VoidLogger } from "@duckdb/duckdb-wasm";

let database;

export const start = async () => {
  database = new AsyncDuckDB(new VoidLogger(), new Worker("/duckdb/duckdb-browser-eh.worker.js"));
  await database.instantiate(new URL("/duckdb/duckdb-eh.wasm", location.href).href);
};

export const parse = async (bytes) => {
  await database.registerFileBuffer("rows.csv", new Uint8Array(bytes));
  const connection = await database.connect();
  await connection.query("create table rows as select * from read_csv_auto('rows.csv')");
  return Number((await connection.query("select count(*) as n from rows")).toArray()[0].n);
};
