/**
 * What an ELF file needs of the machine it is to run on: its processor and the versions of the symbols that it takes from
 * shared libraries. Reads 64-bit little-endian files, which is all that the car and its laptops have.
 *
 * Layout: System V ABI, "Object Files" and "Symbol Versioning" (LSB Core 5.0, 10.7.3, `.gnu.version_r`). The version needs are
 * found by the program headers (PT_DYNAMIC), as the loader finds them: section headers may be stripped.
 */
export interface ElfNeeds {
  readonly machine: 'aarch64' | 'x86-64' | 'other';
  /** Such as `libc.so.6` → [`GLIBC_2.17`]: in the order of the file. */
  readonly versions: ReadonlyMap<string, readonly string[]>;
  /** Shared libraries that it asks for (DT_NEEDED). */
  readonly libraries: readonly string[];
}

const magic = 0x464c457f;
const machines: Readonly<Record<number, ElfNeeds['machine']>> = { 62: 'x86-64', 183: 'aarch64' };
const loadable = 1;
const dynamic = 2;
/** Tags of the dynamic section. */
const tags = { end: 0, needed: 1, stringTable: 5, versionNeeds: 0x6ffffffe, versionNeedCount: 0x6fffffff } as const;
const dynamicEntryBytes = 16;

/** Whether a file that begins with these bytes is an ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === magic;
}

/** @throws RangeError or Error for a file that is no 64-bit little-endian ELF file, or is cut off. */
export function readElf(bytes: Uint8Array): ElfNeeds {
  const view = viewOf(bytes);
  if (!isElf(bytes)) throw new Error('no ELF file');
  if (view.getUint8(4) !== 2 || view.getUint8(5) !== 1) throw new Error('not 64-bit little-endian');
  const machine = machines[view.getUint16(18, true)] ?? 'other';
  const segments = readSegments(view);
  const table = segments.find(({ type }) => type === dynamic);
  if (table === undefined) return { machine, versions: new Map(), libraries: [] };

  const entries = readDynamic(view, table);
  const strings = offsetOf(segments, entries.find(({ tag }) => tag === tags.stringTable)?.value);
  const text = (at: number) => readText(bytes, strings + at);
  const libraries = entries.filter(({ tag }) => tag === tags.needed).map(({ value }) => text(value));
  const needs = entries.find(({ tag }) => tag === tags.versionNeeds)?.value;
  const count = entries.find(({ tag }) => tag === tags.versionNeedCount)?.value ?? 0;
  const versions = needs === undefined ? new Map() : readVersions(view, offsetOf(segments, needs), count, text);
  return { machine, versions, libraries };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

function readSegments(view: DataView): Segment[] {
  const start = Number(view.getBigUint64(32, true));
  const entryBytes = view.getUint16(54, true);
  return Array.from({ length: view.getUint16(56, true) }, (_, index) => {
    const at = start + index * entryBytes;
    return {
      type: view.getUint32(at, true),
      offset: Number(view.getBigUint64(at + 8, true)),
      address: Number(view.getBigUint64(at + 16, true)),
      bytes: Number(view.getBigUint64(at + 32, true)),
    };
  });
}

function readDynamic(view: DataView, { offset, bytes }: Segment): { tag: number; value: number }[] {
  const entries: { tag: number; value: number }[] = [];
  for (let at = offset; at < offset + bytes; at += dynamicEntryBytes) {
    const tag = Number(view.getBigUint64(at, true));
    if (tag === tags.end) break;
    entries.push({ tag, value: Number(view.getBigUint64(at + 8, true)) });
  }
  return entries;
}

/** `Elf64_Verneed` records, each with its chain of `Elf64_Vernaux`. */
function readVersions(
  view: DataView,
  start: number,
  count: number,
  text: (at: number) => string,
): Map<string, readonly string[]> {
  const versions = new Map<string, string[]>();
  for (const record of chain(view, start, 12, count)) {
    const firstEntry = record + view.getUint32(record + 8, true);
    const entries = chain(view, firstEntry, 12, view.getUint16(record + 2, true));
    const library = text(view.getUint32(record + 4, true));
    const names = entries.map((entry) => text(view.getUint32(entry + 8, true)));
    versions.set(library, [...(versions.get(library) ?? []), ...names]);
  }
  return versions;
}

/** Where each of `count` records lies, each saying at `linkAt` how far behind it the next one is; 0 says it is the last. */
function chain(view: DataView, start: number, linkAt: number, count: number): number[] {
  const places: number[] = [];
  for (let at = start; places.length < count; ) {
    places.push(at);
    const step = view.getUint32(at + linkAt, true);
    if (step === 0) break;
    at += step;
  }
  return places;
}

/** Where in the file an address of memory comes from. */
function offsetOf(segments: readonly Segment[], address: number | undefined): number {
  const segment = segments.find(
    ({ type, address: start, bytes }) =>
      type === loadable && address !== undefined && address >= start && address < start + bytes,
  );
  if (segment === undefined || address === undefined) throw new Error('the dynamic section points outside of the file');
  return address - segment.address + segment.offset;
}

function readText(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  if (end < 0) throw new RangeError('a name without an end');
  return new TextDecoder().decode(bytes.subarray(at, end));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
