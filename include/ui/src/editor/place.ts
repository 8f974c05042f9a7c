// The way from what is wrong to the control that it is about.

/** The paths around a path, itself first: actions[1].params.a, actions[1].params, actions[1], actions. */
export const outward = (path: string): readonly string[] => {
  const paths = [path];
  for (let rest = path; ; ) {
    const cut = Math.max(rest.lastIndexOf("."), rest.lastIndexOf("["));
    if (cut <= 0) return paths;
    rest = rest.slice(0, cut);
    paths.push(rest);
  }
};

const find = (root: ParentNode, path: string): HTMLElement | null => {
  for (const each of outward(path)) {
    const found = root.querySelector<HTMLElement>(`[data-path="${CSS.escape(each)}"]`);
    if (found) return found;
  }
  return null;
};

/** Shows the control of a path and gives it the focus; what is folded around it is opened first. */
export const showPlace = (root: ParentNode, path: string, again = true): boolean => {
  const found = find(root, path);
  if (!found) return false;
  const folded = found.querySelector<HTMLElement>("[aria-expanded=false]");
  if (again && folded && found.dataset.path !== path) {
    folded.click();
    requestAnimationFrame(() => showPlace(root, path, false));
    return true;
  }
  found.scrollIntoView({ block: "center" });
  found.querySelector<HTMLElement>("input, select, textarea, button")?.focus({ preventScroll: true });
  return true;
};
