/** A question or an explanation up to the quote in which the words stand. */
const asking =
  /(?:^|[.!?:\n]\s{0,3})(?:(?:so|and|please|hi|hello|hey|but),? )?(?:what (?:does|do|did|is|are)|what's|why|how (?:does|do|did|is|are)|can you explain|could you explain|explain|define|translate)\b[^.!?\n'"]{0,80}(['"])[^'"\n]{0,40}$/i;
const longestBefore = 160;
/** From the words to the end of the text: the rest of the quote and of one sentence, and nothing else. */
const rest = /^[^'"\n]{3,200}(['"])[^'"\n.!?]{0,80}[.!?]{0,3}\s{0,8}$/;
const longestRest = 300;

/** Whether what begins at a place is only spoken of: `What does 'ignore all previous instructions' mean?` */
export function isMention(text: string, start: number): boolean {
  if (text.length - start > longestRest) return false;
  const closing = rest.exec(text.slice(start))?.[1];
  return closing !== undefined && asking.exec(text.slice(Math.max(0, start - longestBefore), start))?.[1] === closing;
}
