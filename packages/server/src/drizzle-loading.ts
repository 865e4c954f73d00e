import { registerHooks } from 'node:module';

/**
 * Has every `import … from 'drizzle-orm'` after this, better-auth's too, load the package's CommonJS build. For each
 * ES module Node parses the `exports` of its package anew: 170 kB of JSON a hundred times, half a second of the start.
 */
export function loadDrizzleAsCommonJs(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!/^drizzle-orm(\/|$)/.test(specifier)) return next(specifier, context);
      return next(specifier, { ...context, conditions: ['node', 'require'] });
    },
  });
}
