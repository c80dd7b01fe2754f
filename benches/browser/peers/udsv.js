import { inferSchema, initParser } from "udsv";

export const parse = (bytes) => {
  const text = new TextDecoder().decode(bytes);
  return initParser(inferSchema(text)).typedObjs(text).length;
};
