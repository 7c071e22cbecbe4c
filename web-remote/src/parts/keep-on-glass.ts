/**
 * Who spreads two fingers sees a part of the page alone, enlarged; a browser takes everything with it, out of sight. This keeps one
 * element where it is on the glass, as large as it was. Returns what ends it.
 * @see https://drafts.csswg.org/cssom-view/#visualviewport
 */
export function keepOnGlass(element: HTMLElement): () => void {
  const seen = window.visualViewport;
  if (seen === null) return () => {};
  const place = (): void => {
    element.style.transform = '';
    const isEnlarged = seen.scale > 1;
    // Over whatever it comes to lie on there.
    element.style.zIndex = isEnlarged ? '30' : '';
    if (!isEnlarged) return;
    const { left, top } = element.getBoundingClientRect();
    const x = seen.offsetLeft + left / seen.scale - left;
    const y = seen.offsetTop + top / seen.scale - top;
    element.style.transform = `translate(${x}px, ${y}px) scale(${1 / seen.scale})`;
  };
  element.style.transformOrigin = '0 0';
  for (const type of ['resize', 'scroll']) seen.addEventListener(type, place);
  place();
  return () => {
    for (const type of ['resize', 'scroll']) seen.removeEventListener(type, place);
  };
}
