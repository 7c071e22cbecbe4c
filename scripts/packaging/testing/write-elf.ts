interface ElfParts {
  readonly machine: number;
  readonly libraries: readonly string[];
  readonly versions: Readonly<Record<string, readonly string[]>>;
}

const headerBytes = 64;
const programHeaderBytes = 56;
/** Where the one loaded segment lies in memory: not where it lies in the file, as with real ones. */
const loadedAt = 0x10000;

/** The smallest ELF file that says what it needs: header, two program headers, dynamic section, version needs, strings. */
export function writeElf({ machine, libraries, versions }: ElfParts): Buffer {
  const strings = new StringTable();
  const needed = libraries.map((library) => strings.add(library));
  const records = Object.entries(versions);
  const needs = Buffer.alloc(records.reduce((bytes, [, names]) => bytes + 16 * (1 + names.length), 0));
  let at = 0;
  for (const [index, [library, names]] of records.entries()) {
    const recordBytes = 16 * (1 + names.length);
    needs.writeUInt16LE(1, at);
    needs.writeUInt16LE(names.length, at + 2);
    needs.writeUInt32LE(strings.add(library), at + 4);
    needs.writeUInt32LE(16, at + 8);
    needs.writeUInt32LE(index + 1 < records.length ? recordBytes : 0, at + 12);
    for (const [place, name] of names.entries()) {
      const entry = at + 16 * (1 + place);
      needs.writeUInt32LE(strings.add(name), entry + 8);
      needs.writeUInt32LE(place + 1 < names.length ? 16 : 0, entry + 12);
    }
    at += recordBytes;
  }

  const tables = headerBytes + 2 * programHeaderBytes;
  const needsAt = tables + 16 * (needed.length + 4);
  const stringsAt = needsAt + needs.length;
  const entries = [
    ...needed.map((value) => [1, value]),
    [5, loadedAt + stringsAt],
    ...(records.length > 0 ? [[0x6ffffffe, loadedAt + needsAt]] : []),
    [0x6fffffff, records.length],
    [0, 0],
  ];
  const dynamic = Buffer.alloc(needsAt - tables);
  for (const [index, [tag = 0, value = 0]] of entries.entries()) {
    dynamic.writeBigUInt64LE(BigInt(tag), index * 16);
    dynamic.writeBigUInt64LE(BigInt(value), index * 16 + 8);
  }
  const header = Buffer.alloc(headerBytes);
  header.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(headerBytes), 32);
  header.writeUInt16LE(programHeaderBytes, 54);
  header.writeUInt16LE(2, 56);
  const body = Buffer.concat([dynamic, needs, strings.bytes()]);
  return Buffer.concat([
    header,
    programHeader(1, 0, loadedAt, tables + body.length),
    programHeader(2, tables, loadedAt + tables, dynamic.length),
    body,
  ]);
}

function programHeader(type: number, offset: number, address: number, bytes: number): Buffer {
  const header = Buffer.alloc(programHeaderBytes);
  header.writeUInt32LE(type, 0);
  header.writeBigUInt64LE(BigInt(offset), 8);
  header.writeBigUInt64LE(BigInt(address), 16);
  header.writeBigUInt64LE(BigInt(bytes), 32);
  header.writeBigUInt64LE(BigInt(bytes), 40);
  return header;
}

class StringTable {
  #text = '\0';

  add(word: string): number {
    const at = this.#text.length;
    this.#text += `${word}\0`;
    return at;
  }

  bytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }
}
