/** Lets the page open without the car, where the browser allows it: on https, and on the car itself. */
export function registerServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  // After the page is up: keeping it must not slow down the first look at the car.
  window.addEventListener('load', () => {
    navigator.serviceWorker.register('/service-worker.js').catch((error: unknown) => {
      console.info('the page will not open without the car:', error);
    });
  });
}
