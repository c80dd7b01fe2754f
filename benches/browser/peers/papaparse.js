import Papa from "papaparse";

export const parse = (bytes) => Papa.parse(new TextDecoder().decode(bytes), { header: true, dynamicTyping: true, skipEmptyLines: true }).data.length;
