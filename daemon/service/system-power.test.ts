import { beforeEach, expect, test } from 'vitest';
import { PretendedPower, SystemPower } from './system-power.ts';

let asked: string[];
let answers: Record<string, string | undefined>;
let nowMs: number;

beforeEach(() => {
  asked = [];
  answers = { CanPowerOff: 's "yes"\n', CanReboot: 's "yes"\n', PowerOff: '', Reboot: '' };
  nowMs = 60_000;
});

function power(restartProgram?: () => void): SystemPower {
  return new SystemPower({
    async ask(program, args) {
      const method = args[4] ?? '';
      asked.push([program, ...args.slice(4)].join(' '));
      const answer = answers[method];
      if (answer === undefined) throw new Error('Access denied');
      return answer;
    },
    restartProgram,
    startedAtMs: 0,
    nowMs: () => nowMs,
  });
}

const obstacles = async (of: SystemPower) =>
  Object.fromEntries((await of.state()).actions.map(({ action, obstacle }) => [action, obstacle?.code]));

test('logind is asked whether it may be done, and then to do it, without a password', async () => {
  expect(await obstacles(power(() => {}))).toEqual({});
  await power().begin('shut-down');
  await power().begin('restart-car');
  expect(asked.filter((line) => !line.includes('Can'))).toEqual(['busctl PowerOff b false', 'busctl Reboot b false']);
});

test.each(['s "challenge"', 's "no"', 's "na"', ''])(
  'with the answer %s it says which right is missing',
  async (answer) => {
    answers['CanPowerOff'] = answer;
    expect(await obstacles(power(() => {}))).toEqual({ 'shut-down': 'not-allowed' });
    await expect(power().begin('shut-down')).rejects.toThrow(/polkit does not allow it.*install\.sh/);
    expect(asked).not.toContain('busctl PowerOff b false');
  },
);

test('where no logind answers, and where logind refuses after all, it says so', async () => {
  answers['CanReboot'] = undefined;
  await expect(power().begin('restart-car')).rejects.toThrow('has no logind');
  answers['PowerOff'] = undefined;
  await expect(power().begin('shut-down')).rejects.toThrow('logind did not do it: Access denied');
});

test('the program is restarted by systemd alone, and not so often that systemd gives up on it', async () => {
  let restarts = 0;
  const service = power(() => restarts++);
  expect(await obstacles(power())).toMatchObject({ 'restart-program': 'not-a-service' });
  nowMs = 14_000;
  await expect(service.begin('restart-program')).rejects.toThrow('only just started');
  nowMs = 15_000;
  expect((await service.begin('restart-program')).kind).toBe('begun');
  expect(restarts).toBe(1);
});

test('a simulated car says what it would do', async () => {
  const pretended = new PretendedPower();
  expect((await pretended.state()).isSimulated).toBe(true);
  expect(await pretended.begin('shut-down')).toEqual({
    kind: 'would',
    text: 'This simulated car would shut its computer down',
  });
});
