import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { folderForEachTest, testFolder } from '../../test/harness/test-folders.ts';
import { neutralise } from './neutralise.ts';

const folder = folderForEachTest(testFolder('neutralise'));
afterEach(() => vi.restoreAllMocks());

describe('the neutralise command', () => {
  it('does not call wheels neutral that it was not told of: no car is named, or its file is not there', async () => {
    const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    await expect(neutralise({})).rejects.toThrow(/no car is named: .*--config or --vehicle/);
    const config = join(folder(), 'car.yaml');
    await expect(neutralise({ config })).rejects.toThrow(/car\.yaml does not exist\. Change --config/);
    await expect(neutralise({ config, vehicle: 'hshop-1-18' })).rejects.toThrow(/car\.yaml does not exist/);
    expect(said).not.toHaveBeenCalled();
  });

  it('has nothing to do for a simulated car that is named', async () => {
    const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const config = join(folder(), 'car.yaml');
    writeFileSync(config, 'preset: simulated\n');
    await neutralise({ config });
    await neutralise({ vehicle: 'simulated' });
    expect(said.mock.calls.flat().join('')).toMatch(/^(.+: the wheels are simulated ones.*\n){2}$/);
  });

  it('takes a preset in place of the one that the configuration names, with what else that says, as the car does', async () => {
    const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const config = join(folder(), 'car.yaml');
    writeFileSync(config, 'preset: simulated\nactuators: {bus: {kind: linux, number: 254}}\n');
    await expect(neutralise({ config, vehicle: 'hshop-1-18' })).rejects.toThrow(/could not be set to neutral.*254/);
    writeFileSync(config, 'preset: hshop-1-18\nvehicle: {name: the one on the shelf}\n');
    await neutralise({ config, vehicle: 'simulated' });
    expect(said.mock.calls.flat().join('')).toMatch(/^the one on the shelf: the wheels are simulated ones/);
  });

  it('says so when a board does not obey', async () => {
    const config = join(folder(), 'car.yaml');
    // A bus that no machine has.
    writeFileSync(config, 'preset: hshop-1-18\nactuators: {bus: {kind: linux, number: 254}}\n');
    await expect(neutralise({ config })).rejects.toThrow(/could not be set to neutral/);
  });
});
