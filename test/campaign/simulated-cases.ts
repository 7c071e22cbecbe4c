import { actuatorCases } from './cases/actuator-cases.ts';
import { hostCases } from './cases/host-cases.ts';
import { linkCases } from './cases/link-cases.ts';
import { modeCases } from './cases/mode-cases.ts';
import { perceptionCases } from './cases/perception-cases.ts';
import { soakCase } from './cases/soak-case.ts';
import { viewCases } from './cases/view-cases.ts';
import type { FaultCase } from './story.ts';

export const simulatedCases: readonly FaultCase[] = [
  ...linkCases,
  ...perceptionCases,
  ...viewCases,
  ...hostCases,
  ...actuatorCases,
  ...modeCases,
  soakCase,
];
