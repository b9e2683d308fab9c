/** How far before its target an image may begin. */
const longestLabel = 1024;

/** Where an image begins whose target is still to come: half of it would stand before what takes its place. */
export function openImageFrom(text: string): number {
  const image = text.lastIndexOf("![");
  if (image < Math.max(text.length - longestLabel, 0)) return text.length;
  const rest = text.slice(image);
  const isOpen = !/\n[ \t]{0,80}\n/.test(rest) && (!rest.includes("](") || rest.trimEnd().endsWith("]("));
  return isOpen ? image : text.length;
}
