/** How long ago a moment was, in words. */
export function ago(moment) {
  const minutes = Math.floor((Date.now() - moment) / 60000);
  if (minutes < 1) return "a moment ago";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / (24 * 60))} days ago`;
}
