/** A style sheet as text, as the standalone bundle takes it. */
declare module '*.css' {
  const text: string;
  export default text;
}
