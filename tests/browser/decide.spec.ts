// The views that decide: from Overview's worst cell to the runs behind it; a service level in the link, the frontier and
// the cost table; a price edited, shared and reopened; two configurations compared key by key; a table exported.
import { readFileSync } from "node:fs";
import { expect, openApp, query, table, test, waitIdle } from "./app";

const SRC = "v=1&src=demo/consolidated.csv";
