import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { defineConfig, esmExternalRequirePlugin } from "vite";
import cssInjectedByJs from "vite-plugin-css-injected-by-js";

const FOLDER = "../../plugins/igny8/static";

// What the page of Airflow 3.3.2 offers on globalThis. Anything else is bundled.
const host: Record<string, string> = {
  react: "React",
  "react-dom": "ReactDOM",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
  "@chakra-ui/react": "ChakraUI",
  "@emotion/react": "EmotionReact",
};

// A part is a bundle of its own, for what few pages need: UMD cannot be split. Its key is the entry's file in src/ and
// the mode that vite builds it in. It takes what the first bundle has already: the libraries and modules in `shared`.
const parts = ["editor"];
const shared: Record<string, string> = {
  "@tanstack/react-query": "Igny8Automation.query",
  "#shared": "Igny8Automation.shared",
};

const version = (file: string) =>
  existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12) : "";

export default defineConfig(({ mode }) => {
  const part = parts.find((name) => name === mode);
  const external = part ? { ...host, ...shared } : host;
  return {
    plugins: [
      // External, and a require("react") inside a CommonJS library becomes an import.
      esmExternalRequirePlugin({ external: Object.keys(external) }),
      cssInjectedByJs(), // Airflow's page loads one file, nothing else
    ],
    define: {
      "process.env.NODE_ENV": JSON.stringify("production"), // a library's build leaves it in
      __PARTS__: JSON.stringify(Object.fromEntries(parts.map((name) => [name, version(`${FOLDER}/${name}.js`)]))),
    },
    build: {
      target: "es2022",
      outDir: FOLDER,
      emptyOutDir: false,
      chunkSizeWarningLimit: 1000,
      lib: {
        entry: part ? `src/${part}.tsx` : "src/main.tsx",
        formats: ["umd"],
        name: part ? `Igny8Automation_${part}` : "Automation",
        fileName: () => `${part ?? "automation"}.js`,
      },
      rolldownOptions: {
        output: { globals: external },
        onLog(level, log, next) {
          if (log.code !== "MODULE_LEVEL_DIRECTIVE") next(level, log); // notes on "use client"
        },
      },
    },
    test: { include: ["src/**/*.test.ts"], environment: "node" },
  };
});
