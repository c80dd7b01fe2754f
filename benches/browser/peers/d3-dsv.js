import { autoType, csvParse } from "d3-dsv";

export const parse = (bytes) => csvParse(new TextDecoder().decode(bytes), autoType).length;
