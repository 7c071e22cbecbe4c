/** The package brings no types. */
declare module 'oled-font-5x7' {
  const font: import('./status-picture.ts').BitmapFont;
  export default font;
}
