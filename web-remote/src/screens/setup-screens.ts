import { Brain, Gamepad2, Grid3x3, MonitorSmartphone, Move, Power, ScrollText, Smartphone, Wrench } from 'lucide';
import type { Screen } from './screen.ts';

/**
 * What can be set up, in the order of the list. Each is a screen of its own under `#/setup/ID`; add one here with the
 * folder it lives in (`../setup/` for what the car keeps, `../this-phone/` for what this phone keeps), and its texts to
 * every language.
 */
export const setupScreens: readonly Screen[] = [
  {
    id: 'steering',
    icon: Move,
    title: (texts) => texts.thisPhone.steering,
    about: (texts) => texts.thisPhone.steeringAbout,
    load: () => import('../this-phone/steering-screen.tsx').then((part) => part.SteeringScreen),
  },
  {
    id: 'gamepad',
    icon: Gamepad2,
    title: (texts) => texts.thisPhone.gamepad,
    about: (texts) => texts.thisPhone.gamepadAbout,
    load: () => import('../this-phone/gamepad-screen.tsx').then((part) => part.GamepadScreen),
  },
  {
    id: 'display',
    icon: MonitorSmartphone,
    title: (texts) => texts.thisPhone.display,
    about: (texts) => texts.thisPhone.displayAbout,
    load: () => import('../this-phone/display-screen.tsx').then((part) => part.DisplayScreen),
  },
  {
    id: 'wheels',
    icon: Wrench,
    title: (texts) => texts.carSetup.wheels,
    about: (texts) => texts.carSetup.wheelsAbout,
    load: () => import('../setup/wheels-screen.tsx').then((part) => part.WheelsScreen),
  },
  {
    id: 'camera',
    icon: Grid3x3,
    title: (texts) => texts.carSetup.cameraTitle,
    about: (texts) => texts.carSetup.cameraAbout,
    load: () => import('../setup/camera-screen.tsx').then((part) => part.CameraScreen),
  },
  {
    id: 'network',
    icon: Brain,
    title: (texts) => texts.carSetup.networkTitle,
    about: (texts) => texts.carSetup.networkAbout,
    load: () => import('../setup/network-screen.tsx').then((part) => part.NetworkScreen),
  },
  {
    id: 'devices',
    icon: Smartphone,
    title: (texts) => texts.devices.title,
    about: (texts) => texts.devices.about,
    load: () => import('../setup/devices-screen.tsx').then((part) => part.DevicesScreen),
  },
  {
    id: 'car',
    icon: Power,
    title: (texts) => texts.thisCar.title,
    about: (texts) => texts.thisCar.about,
    load: () => import('../setup/this-car-screen.tsx').then((part) => part.ThisCarScreen),
  },
  {
    id: 'log',
    icon: ScrollText,
    title: (texts) => texts.log.title,
    about: (texts) => texts.log.about,
    load: () => import('../setup/log-screen.tsx').then((part) => part.LogScreen),
  },
];
