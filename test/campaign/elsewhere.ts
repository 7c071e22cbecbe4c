/** Faults that other tests, other machines or nobody holds. Printed with the campaign's table, so that none is forgotten. */
export const elsewhere: readonly {
  readonly id: string;
  readonly fault: string;
  readonly expected: string;
  readonly where: string;
}[] = [
  {
    id: 'F3',
    fault: 'half-open connection',
    expected: 'the silent phone is let go after 1 s: neutral, disarmed; the page says that it is stale',
    where: 'daemon/remote/pong-watch.test.ts, control-hub.test.ts; web-remote/testing/everyone.test.ts',
  },
  {
    id: 'F6',
    fault: 'duplicated, reordered commands',
    expected: 'ignored, counted',
    where: 'daemon/planning/freshness.test.ts, gate-commands.test.ts',
  },
  {
    id: 'F11',
    fault: 'two controllers',
    expected: 'one drives; the others move nothing',
    where: 'daemon/remote/control-hub.test.ts',
  },
  {
    id: 'F13',
    fault: "the phone's clock",
    expected: 'none at all',
    where: 'daemon/remote/link-age.test.ts; web-remote/testing/phone-faults.test.ts',
  },
  {
    id: 'F17',
    fault: 'camera unplugged',
    expected: 'neutral within 300 ms of the last picture, a stop, told',
    where: 'test/virtual-jetson/suites/hardware.test.ts; its program ending: test/camera-programs.test.ts',
  },
  {
    id: 'F24',
    fault: 'capture dead-locks',
    expected: 'neutral within 300 ms, ended within 2 s, back within 5 s, disarmed',
    where: 'test/camera-programs.test.ts',
  },
  {
    id: 'F28',
    fault: 'model missing, corrupt, wrong shape',
    expected: 'not armed for auto, with the reason; manual drives',
    where: 'test/bad-input.test.ts, test/settings.test.ts, detector/*.test.ts',
  },
  {
    id: 'F33',
    fault: 'motion at neutral',
    expected: 'told',
    where: 'daemon/planning/motion-watch.test.ts; told, for a motor is off already',
  },
  {
    id: 'F35',
    fault: 'the daemon blocked for ever',
    expected: 'neutral within 250 ms, killed within 2.2 s, back disarmed',
    where: 'daemon/proof-of-progress.test.ts; the kill: virtual Jetson',
  },
  {
    id: 'F39',
    fault: 'SIGKILL of both processes',
    expected: 'neutral within 500 ms',
    where: 'test/neutraliser.test.ts; ExecStopPost: virtual Jetson',
  },
  {
    id: 'F41',
    fault: 'out of memory',
    expected: 'the detector goes first; motor control stays',
    where: 'OOMScoreAdjust: virtual Jetson',
  },
  {
    id: 'F44',
    fault: 'memory or disk nearly full',
    expected: 'not armed; who drives goes on, and is told',
    where: 'daemon/planning/drive-loop-stops.test.ts',
  },
  {
    id: 'F45',
    fault: 'the time of day jumps',
    expected: 'none at all',
    where: 'no use of it in planning and actuation: test/architecture.test.ts',
  },
  {
    id: 'F46',
    fault: 'crashes on and on',
    expected: 'stays stopped and neutral, and says why',
    where: 'daemon/children/keep-running.test.ts; StartLimit: virtual Jetson',
  },
  {
    id: 'F48',
    fault: 'watchdog fed by a zombie',
    expected: 'fed only by work that was done; killed within 2.2 s',
    where: 'daemon/proof-of-progress.test.ts',
  },
  { id: 'F57', fault: 'power cycle, speed controller live', expected: 'no pulse that drives, ever', where: 'hardware' },
  {
    id: 'F58',
    fault: 'orderly stop, on a scope',
    expected: 'no pulse shorter than neutral',
    where: 'hardware; the order of writes: daemon/actuation/drivers/pca9685.test.ts',
  },
  {
    id: 'F59',
    fault: "the speed controller's start-up",
    expected: 'neutral is held before it is armed',
    where: 'daemon/actuation/board.test.ts',
  },
  {
    id: 'F63',
    fault: 'configuration cut off',
    expected: 'the last good one is in force, disarmed, told',
    where: 'daemon/car/config-store.test.ts',
  },
  {
    id: 'F64',
    fault: 'power cuts while writing',
    expected: 'the old file or the new one, always',
    where: 'daemon/car/config-store.test.ts on a modelled disk; hardware',
  },
  {
    id: 'F67',
    fault: 'kernel panic at speed',
    expected: 'no pulses within 300 ms of the OE line; without OE, the watchdog’s reboot',
    where: 'hardware: the OE pin',
  },
  {
    id: 'F68',
    fault: 'every state and event',
    expected: 'a next state for each, and a test',
    where: 'daemon/planning/mode-table.test.ts',
  },
  {
    id: 'F69',
    fault: 'every failing check at once',
    expected: 'refused, every reason listed',
    where: 'daemon/planning/drive-loop.test.ts',
  },
  {
    id: 'F72',
    fault: 'two faults, the worse clears',
    expected: 'the lesser one still counts',
    where: 'daemon/planning/modes.test.ts',
  },
  {
    id: 'F76',
    fault: 'a text for every event',
    expected: 'one of 40 characters at most in both languages',
    where: 'daemon/protocol/events.test.ts, web-remote/src/texts/language.test.ts',
  },
  {
    id: 'F77',
    fault: 'a recorded drive again',
    expected: 'the same outputs, bit by bit',
    where: 'test/replay.test.ts',
  },
];
