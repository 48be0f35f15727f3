import { describe, expect, it } from '@jest/globals';
import { applyEdit } from './edit.js';
import { looksLikeSql, sqlEdits } from './sql-edits.js';

const results = (sql: string): string[] =>
  sqlEdits(sql, 0).map((edit) => applyEdit(sql, edit).replaceAll(/\s+/gu, ' ').trim());

describe('edits of SQL', () => {
  it('drop each condition, within its parentheses', () => {
    const got = results('SELECT a FROM t WHERE a AND (b OR c) AND d IN (1)');
    expect(got).toContain('SELECT a FROM t WHERE a AND d IN (1)');
    expect(got).toContain('SELECT a FROM t WHERE a AND (b ) AND d IN (1)');
    expect(got).toContain('SELECT a FROM t WHERE true AND (b OR c) AND d IN (1)');
  });

  it('keep the AND that belongs to BETWEEN', () => {
    expect(results('SELECT a FROM t WHERE a BETWEEN $1 AND $2')).toEqual(['SELECT a FROM t WHERE true']);
  });

  it('drop order, limit and locks', () => {
    const got = results('SELECT a FROM t ORDER BY a DESC LIMIT $1 FOR UPDATE SKIP LOCKED');
    expect(got).toEqual(
      expect.arrayContaining([
        'SELECT a FROM t LIMIT $1 FOR UPDATE SKIP LOCKED',
        'SELECT a FROM t ORDER BY a DESC FOR UPDATE SKIP LOCKED',
        'SELECT a FROM t ORDER BY a DESC LIMIT $1',
        'SELECT a FROM t ORDER BY a DESC LIMIT $1 FOR UPDATE',
        'SELECT a FROM t ORDER BY a LIMIT $1 FOR UPDATE SKIP LOCKED',
      ]),
    );
  });

  it('drop one assignment of several, not the only one', () => {
    const got = results('UPDATE t SET a=0,b=f(1,2) WHERE c');
    expect(got).toContain('UPDATE t SET b=f(1,2) WHERE c');
    expect(got).toContain('UPDATE t SET a=0WHERE c');
    expect(results('UPDATE t SET a=x WHERE c')).toEqual(['UPDATE t SET a=x WHERE true']);
  });

  it('move comparisons, and leave arrows, casts and parameters alone', () => {
    expect(results(`SELECT a->>'b' FROM t WHERE $1::x <= c AND d <@ e`)).toEqual(
      expect.arrayContaining([`SELECT a->>'b' FROM t WHERE $1::x < c AND d <@ e`]),
    );
    expect(results(`SELECT a->'b', c::int8 FROM t`)).toEqual([]);
  });

  it('are made in what is SQL alone', () => {
    expect([looksLikeSql('SELECT 1'), looksLikeSql('select one of them'), looksLikeSql('the order by which')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
