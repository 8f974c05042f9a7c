/** The versions of the parts by name, put in when this is built. */
declare const __PARTS__: Record<string, string>;
