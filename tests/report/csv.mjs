// CSV files as the program writes them, row by row as objects.

import { readFileSync } from 'node:fs';

/** The rows of a file, each by the names of its columns. */
export function rows(path) {
  const [head, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n').map(fields);
  return lines.map((line) => Object.fromEntries(line.map((field, nth) => [head[nth], field])));
}

function fields(line) {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

/** The number of the node at an address: the first has 10.0.0.0. */
export function number(address) {
  const bytes = address.split(':')[0].split('.').map(Number);
  return bytes.reduce((all, byte) => all * 256 + byte, 0) - 0x0a000000;
}
