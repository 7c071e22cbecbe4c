import { Activity, Gamepad2, Settings } from 'lucide';
import { DriveScreen } from './drive-screen.tsx';
import type { Screen } from './screen.ts';

/** What the navigation leads to, in its order. The first is where the page opens; it alone is there from the start. */
export const screens = [
  {
    id: 'drive',
    icon: Gamepad2,
    title: (texts) => texts.screens.drive,
    load: () => Promise.resolve(DriveScreen),
  },
  {
    id: 'telemetry',
    icon: Activity,
    title: (texts) => texts.screens.telemetry,
    load: () => import('./telemetry-screen.tsx').then((part) => part.TelemetryScreen),
  },
  {
    id: 'setup',
    icon: Settings,
    title: (texts) => texts.screens.setUp,
    load: () => import('./setup-screen.tsx').then((part) => part.SetupScreen),
  },
] as const satisfies readonly [Screen, ...Screen[]];
