import { carApi } from '../link/car-api.ts';
import { keptDraft } from './kept-draft.ts';

/** @returns which of the screens have a draft of this car that is not saved yet; none while the car does not say who this device is. */
export async function unsavedScreens(
  screens: readonly string[],
  api: Pick<typeof carApi, 'session'> = carApi,
): Promise<readonly string[]> {
  try {
    const { device } = await api.session();
    return screens.filter((screen) => {
      const { changes } = keptDraft({ screen, deviceId: device?.id }, () => sessionStorage).read();
      return Object.keys(changes).length > 0;
    });
  } catch {
    return [];
  }
}
