import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { folderForEachTest, folderOfThisTest, testFolder } from '../../test/harness/test-folders.ts';
import { findModel } from './find-model.ts';
import { installedNetworks } from './installed-networks.ts';
import {
  checkModelName,
  checkModelsFolder,
  checkNameIsFree,
  listModels,
  ownModelsFolder,
  stageModel,
} from './models-folder.ts';

const top = testFolder('models-folder');
const ownFolder = folderForEachTest(top);
let folder = '';
beforeEach(() => {
  folder = ownFolder();
});

describe("the user's own networks", () => {
  it('lie outside the package, where the environment says', () => {
    expect(ownModelsFolder({ JETSON_CAR_MODELS: '/data/nets', XDG_DATA_HOME: '/x' })).toBe('/data/nets');
    expect(ownModelsFolder({ JETSON_CAR_MODELS: '', XDG_DATA_HOME: '/x' })).toBe('/x/jetson-car/models');
    expect(ownModelsFolder({})).toMatch(/\.local\/share\/jetson-car\/models$/);
  });

  it('are listed with what their cards say; a broken card says nothing', () => {
    expect(listModels(join(folder, 'none'))).toEqual([]);
    for (const name of ['b.onnx', 'a.onnx', 'c.onnx.part', '.d.onnx', 'e.txt']) writeFileSync(join(folder, name), '12');
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ classes: ['x', 'y'], licence: 'MIT', other: 1 }));
    writeFileSync(join(folder, 'b.json'), '{');
    expect(listModels(folder)).toEqual([
      { name: 'a', file: join(folder, 'a.onnx'), bytes: 2, classes: ['x', 'y'], licence: 'MIT' },
      { name: 'b', file: join(folder, 'b.onnx'), bytes: 2, classes: undefined, licence: undefined },
    ]);
  });

  it('are not said to be missing where this user may not look', () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    writeFileSync(join(closed, 'x.onnx'), '');
    chmodSync(closed, 0);
    const trial = () => findModel(join(closed, 'x.onnx'), [], 'Name another.');
    const isRoot = process.geteuid?.() === 0;
    // Root may look everywhere.
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(trial).toThrow(/closed\/x\.onnx cannot be told: this user may not look into its folder.*Name another/);
    } finally {
      if (isRoot) process.seteuid?.(0);
      chmodSync(closed, 0o700);
    }
  });

  it('are none in a file, which is no folder', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(listModels(file)).toEqual([]);
    expect(() => findModel('cone', [file])).toThrow(/the network cone does not exist/);
    expect(() => checkModelsFolder(file)).toThrow(/file is a file, not a folder\. JETSON_CAR_MODELS names another/);
    expect(() => checkModelsFolder(join(file, 'below'))).toThrow(/has a file where a folder should be on its path/);
    expect(() => checkModelsFolder(join(folder, 'none'))).not.toThrow();
    expect(() => checkModelsFolder(folder)).not.toThrow();
  });

  it('are not put where no folder can be made', () => {
    const networkFile = join(folder, 'net.onnx');
    writeFileSync(networkFile, '12');
    const staged = () => stageModel({ folder: '/proc/jetson-car/none', name: 'net', networkFile, card: {} });
    expect(staged).toThrow(/\/proc\/jetson-car\/none cannot be written.*JETSON_CAR_MODELS names another folder/);
  });

  it('are copies that can be written, and what a killed process left of one goes', () => {
    const networkFile = join(top, 'read-only.onnx');
    writeFileSync(networkFile, '12', { mode: 0o444 });
    const { pid } = spawnSync(process.execPath, ['--version']);
    for (const owner of [pid, process.pid]) mkdirSync(join(folder, `.staging-${owner}-abc`));
    const place = stageModel({ folder, name: 'net', networkFile, card: {} }).commit();
    expect(statSync(place).mode & 0o777).toBe(0o644 & ~process.umask());
    expect(readdirSync(folder).sort()).toEqual([`.staging-${process.pid}-abc`, 'net.json', 'net.onnx']);
  });

  it.each([
    [0o600, 0o600],
    [0o640, 0o640],
    [0o400, 0o600],
    [0o755, 0o644],
    [0o666, 0o666],
  ])('are copies as open as what was copied (mode %s) and the umask allow (%s)', (from, to) => {
    const networkFile = join(folder, 'private');
    writeFileSync(networkFile, '12');
    chmodSync(networkFile, from);
    const place = stageModel({ folder, name: 'net', networkFile, card: {} }).commit();
    expect((statSync(place).mode & 0o777).toString(8)).toBe((to & ~process.umask()).toString(8));
  });

  it('are files: links to nothing, folders, pipes and names of several lines are passed over, and so are odd cards', () => {
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(folder, `${name}.onnx`), '12');
    writeFileSync(join(folder, 'new\nline.onnx'), '12');
    mkdirSync(join(folder, 'folder.onnx'));
    mkdirSync(join(folder, 'a.json'));
    symlinkSync(join(folder, 'gone'), join(folder, 'broken.onnx'));
    symlinkSync(join(folder, 'd.onnx'), join(folder, 'linked.onnx'));
    symlinkSync('/dev/zero', join(folder, 'endless.onnx'));
    symlinkSync('/dev/zero', join(folder, 'b.json'));
    writeFileSync(join(folder, 'c.json'), '['.repeat(100_000));
    writeFileSync(join(folder, 'd.json'), `{"licence":"${'x'.repeat(2 << 20)}"}`);
    const pipe = join(folder, 'pipe.onnx');
    expect(spawnSync('mkfifo', [pipe, join(folder, 'linked.json')]).status).toBe(0);
    expect(listModels(folder).map(({ name, licence }) => [name, licence])).toEqual(
      ['a', 'b', 'c', 'd', 'linked'].map((name) => [name, undefined]),
    );
    const installed = installedNetworks({ own: folder, shipped: join(folder, 'none') });
    expect(installed.map(({ card }) => card)).toEqual([{}, {}, {}, {}, {}]);
  });

  it.each(['', '.hidden', 'a/b', '../up', 'net.onnx', 'x.json', 'a b', 'x'.repeat(101)])(
    'may not be called "%s"',
    (name) => {
      expect(() => checkModelName(name)).toThrow(/cannot name a network.*--name/);
    },
  );

  it('are found by name, before those that ship, and a file in the way goes before both', () => {
    const shipped = folderOfThisTest('shipped');
    writeFileSync(join(folder, 'cones.onnx'), '');
    writeFileSync(join(shipped, 'cones.onnx'), '');
    writeFileSync(join(shipped, 'other.onnx'), '');
    const find = (name: string) => findModel(name, [folder, shipped]);
    expect(find('cones')).toBe(join(folder, 'cones.onnx'));
    expect(find('cones.onnx')).toBe(join(folder, 'cones.onnx'));
    expect(find('other')).toBe(join(shipped, 'other.onnx'));
    expect(find(join(shipped, 'cones.onnx'))).toBe(join(shipped, 'cones.onnx'));
    expect(() => find('coness')).toThrow(/coness does not exist.*Did you mean cones\?/);
    expect(() => find('yolox-nano')).toThrow(/models fetch yolox-nano/);
    expect(() => find('sub/cones')).toThrow(
      /sub\/cones does not exist \(looked for [^ ]*\/sub\/cones\)\. Change detector\.modelFile or --model/,
    );
  });

  it('that ship are found by name', () => {
    expect(findModel('car-cones-384', [folder, ...defaultFolders()])).toMatch(/models\/car-cones-384\.onnx$/);
  });
});

function defaultFolders(): string[] {
  return [join(import.meta.dirname, '..', '..', 'models')];
}

describe('a network that is added', () => {
  const networkFile = join(top, 'new.onnx');
  writeFileSync(networkFile, 'network');
  const stage = (into = folder) => stageModel({ folder: into, name: 'new', networkFile, card: { classes: ['a'] } });

  it('is under its name only when it is complete, and leaves nothing else behind', () => {
    const staged = stage();
    expect(listModels(folder)).toEqual([]);
    expect(readFileSync(staged.file, 'utf8')).toBe('network');
    expect(staged.commit()).toBe(join(folder, 'new.onnx'));
    expect(readdirSync(folder).sort()).toEqual(['new.json', 'new.onnx']);
    expect(JSON.parse(readFileSync(join(folder, 'new.json'), 'utf8'))).toEqual({ classes: ['a'] });
  });

  it('leaves nothing behind when it is given up', () => {
    stage().discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('makes the folder where there is none, and says so when it cannot', () => {
    const deep = join(folder, 'a', 'b');
    stage(deep).commit();
    expect(existsSync(join(deep, 'new.onnx'))).toBe(true);
    expect(() => stage(join(networkFile, 'below'))).toThrow(/has a file where a folder should be.*JETSON_CAR_MODELS/);
  });

  it('takes no name that is taken', () => {
    checkNameIsFree('new', folder, 'never');
    stage().commit();
    expect(() => checkNameIsFree('new', folder, 'never')).toThrow(/new\.onnx is there already.*--force/);
    checkNameIsFree('new', folder, 'replace');
    expect(() => checkNameIsFree('car-cones-384', folder, 'replace')).toThrow(/ships with the car/);
  });
});

describe.skipIf(process.getuid?.() !== 0)('a network that root adds (only root gives files away)', () => {
  const networkFile = join(top, 'private.onnx');
  writeFileSync(networkFile, 'network', { mode: 0o600 });
  const carUser = 4321;
  const nobody = 65_534;
  const add = (prepare: () => void) => {
    const said: string[] = [];
    prepare();
    const before = process.umask(0o077);
    try {
      const onShared = (what: string) => void said.push(what);
      stageModel({ folder, name: 'net', networkFile, card: {}, onShared }).commit();
    } finally {
      process.umask(before);
    }
    const rights = ['net.onnx', 'net.json'].map((file) => {
      const { mode, uid, gid } = statSync(join(folder, file));
      return [(mode & 0o777).toString(8), uid, gid];
    });
    return { rights, said };
  };

  it('belongs to whoever the folder belongs to, and that is said', () => {
    const { rights, said } = add(() => chownSync(folder, carUser, carUser));
    expect(rights).toEqual([
      ['600', carUser, carUser],
      ['600', carUser, carUser],
    ]);
    expect(said).toEqual([expect.stringMatching(/^The network belongs to user 4321, as its folder does: /)]);
  });

  it('writes over no file of root’s, whatever link the folder’s owner has put in its way', () => {
    const secret = join(top, 'of-root');
    writeFileSync(secret, 'secret', { mode: 0o600 });
    const { rights } = add(() => {
      chownSync(folder, carUser, carUser);
      symlinkSync(secret, join(folder, `.net.json.${process.pid}`));
    });
    expect(rights[1]).toEqual(['600', carUser, carUser]);
    expect(readFileSync(secret, 'utf8')).toBe('secret');
    expect(statSync(secret).uid).toBe(0);
  });

  it('may be read by anybody in a folder of root’s that lets anybody in, and that is said', () => {
    const { rights, said } = add(() => chmodSync(folder, 0o755));
    expect(rights).toEqual([
      ['644', 0, 0],
      ['644', 0, 0],
    ]);
    expect(said).toEqual([expect.stringMatching(/^The network may be read by anybody/)]);
  });

  it('may be read by anybody where it cannot be given away, as on NFS with root_squash, and that is said', () => {
    const toStandardError = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      const { rights, said } = add(() => {
        chownSync(folder, carUser, carUser);
        chmodSync(folder, 0o777);
        for (const each of [top, networkFile]) chmodSync(each, 0o755);
        chownSync(networkFile, nobody, nobody);
        chmodSync(networkFile, 0o600);
        process.seteuid?.(nobody);
      });
      expect(rights).toEqual([
        ['644', nobody, 0],
        ['644', nobody, 0],
      ]);
      expect(said).toEqual([expect.stringMatching(/^The network may be read by anybody/)]);
    } finally {
      process.seteuid?.(0);
      chownSync(networkFile, 0, 0);
      toStandardError.mockRestore();
    }
  });

  it('is nobody else’s affair in a folder that is closed', () => {
    const { rights, said } = add(() => chmodSync(folder, 0o700));
    expect(rights).toEqual([
      ['600', 0, 0],
      ['600', 0, 0],
    ]);
    expect(said).toEqual([]);
  });
});
