/** Faults of the real processes: test/faults.test.ts does each of them. */
export const processFaults = [
  { id: 'F25a', fault: 'perception is killed at speed' },
  { id: 'F25', fault: 'perception hangs (SIGSTOP) at speed' },
  { id: 'F36', fault: 'the daemon is killed at speed' },
  { id: 'F37', fault: 'the daemon is stopped (SIGSTOP) at speed' },
  { id: 'F38', fault: 'motor control is killed at speed' },
  { id: 'F38b', fault: 'motor control hangs (SIGSTOP) at speed' },
  { id: 'F40a', fault: 'a bug in the daemon throws' },
  { id: 'F40b', fault: 'a rejection in the daemon that nobody caught' },
  { id: 'F40c', fault: 'a bug in motor control throws' },
  { id: 'F40d', fault: 'a rejection in motor control that nobody caught' },
  { id: 'F43', fault: 'four processor hogs and a storm of writes to the disk' },
  { id: 'F47', fault: 'the daemon starts while a phone holds the throttle' },
  { id: 'F49', fault: 'SIGTERM at speed' },
  { id: 'F49b', fault: 'SIGTERM while motor control hangs' },
] as const;
export type ProcessFaultId = (typeof processFaults)[number]['id'];
