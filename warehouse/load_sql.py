"""The statements of a load, in the order in which `load` runs them."""

from __future__ import annotations

NOT_TAKEN_DOWN = """
      source NOT IN (SELECT source_id FROM history.takedown WHERE url IS NULL AND source_id IS NOT NULL)
  AND url NOT IN (SELECT url FROM history.takedown WHERE url IS NOT NULL)"""


def reading(statement: str, reader: str) -> str:
    """Return the statement, reading by `reader`, and only what was not taken down where it says `{allowed}`."""
    return statement.format(reader=reader, allowed=NOT_TAKEN_DOWN)


RUN = """
INSERT INTO history.run
SELECT * FROM (VALUES ($1::VARCHAR, $2::TIMESTAMP, $3::TIMESTAMP, $4::TIMESTAMP, $5::VARCHAR)) AS r(run_id, a, b, c, d)
WHERE run_id NOT IN (SELECT run_id FROM history.run)"""

RUN_DETAIL = """
UPDATE history.run SET finished_at = coalesce($1::TIMESTAMP, finished_at), detail = $2
WHERE run_id = $3 AND detail <> $2"""

SOURCE = """
INSERT INTO history.source (source_id, title, kind, start_urls, licence, basis, checked_on, contact, digest,
                            first_run_id)
SELECT * FROM (SELECT $1::VARCHAR AS source_id, $2::VARCHAR, $3::VARCHAR, $4::VARCHAR[], $5::VARCHAR, $6::VARCHAR,
                      $7::DATE, $8::VARCHAR, $9::VARCHAR AS digest, $10::VARCHAR)
WHERE NOT EXISTS (SELECT 1 FROM history.source AS s WHERE s.source_id = $1 AND s.digest = $9)"""

SOURCE_RUN = """
INSERT INTO history.source_run (run_id, source_digest, source_id, is_ok, message, started_at, finished_at, fetch_count,
    new_count, changed_count, unchanged_count, gone_count, failure_count, document_count, case_study_count)
SELECT $1, $2, $3, $4, $5, $6::TIMESTAMP, $7::TIMESTAMP, $8, $9, $10, $11, $12, $13, $14, $15
WHERE NOT EXISTS (SELECT 1 FROM history.source_run AS r WHERE r.run_id = $1 AND r.source_id = $3)"""

VERSIONS = """
INSERT INTO history.version
SELECT version_id, document_id, source, url, title, text, text_sha256, body_sha256, content_type, published, language,
       licence, coalesce(rights::VARCHAR, '{{}}'), fetched_at, fetch_id, fetched_at, NULL, $1
FROM (SELECT *, left(sha256(concat(document_id, chr(31), fetch_id, chr(31), text_sha256, chr(31), title, chr(31),
                                   published, chr(31), language, chr(31), licence, chr(31), rights)), 16) AS version_id
      FROM {reader})
WHERE version_id NOT IN (SELECT version_id FROM history.version)
  AND {allowed}"""

CASE_STUDIES = """
INSERT INTO history.case_study
SELECT c.case_study_id, coalesce(v.version_id, ''), c.document_id, c.title, c.text_sha256, c.start_char,
       c.end_char, c.pages[1], c.pages[2], c.confidence, c.position, c.fetched_at, NULL, $1
FROM (SELECT * FROM {reader} WHERE {allowed}) AS c
LEFT JOIN (SELECT document_id, fetched_at, max_by(version_id, run_id) AS version_id
           FROM history.version GROUP BY document_id, fetched_at) AS v
  ON v.document_id = c.document_id AND v.fetched_at = c.fetched_at
ANTI JOIN history.case_study AS o ON o.case_study_id = c.case_study_id AND o.version_id = v.version_id"""

ORPHANED_CASE_STUDY = (
    "SELECT case_study_id, document_id FROM history.case_study WHERE version_id = '' LIMIT 1"
)

# Texts are read only of the versions between these runs: after a small change, that is a small part of the file.
RUNS_OF_CASE_STUDIES = """
SELECT coalesce(min(v.run_id), ''), coalesce(max(v.run_id), '')
FROM history.case_study AS s JOIN history.version AS v ON v.version_id = s.version_id
WHERE s.run_id = $1"""

RUNS_OF_VERDICTS = """
SELECT coalesce(min(v.run_id), ''), coalesce(max(v.run_id), '')
FROM (SELECT max(s.version_id) AS version_id FROM history.case_study AS s
      JOIN verdict AS n ON n.id = s.case_study_id AND n.text_sha256 = s.text_sha256
      GROUP BY s.case_study_id, s.text_sha256) AS t
JOIN history.version AS v ON v.version_id = t.version_id"""

FAULTY_CASE_STUDY = """
SELECT s.case_study_id, s.start_char, s.end_char
FROM history.case_study AS s JOIN history.version AS v ON v.version_id = s.version_id
WHERE s.run_id = $1 AND v.run_id BETWEEN $2 AND $3
  AND s.text_sha256 <> sha256(substring(v.text, s.start_char + 1, s.end_char - s.start_char))
LIMIT 1"""

DOCUMENTS = """
INSERT INTO history.document
SELECT document_id, min(source_id), min(url), min(fetched_at), max(fetched_at), NULL, $run_id
FROM history.version
WHERE run_id = $run_id AND document_id NOT IN (SELECT document_id FROM history.document)
GROUP BY document_id"""

SEEN = """
CREATE TEMP TABLE seen AS
SELECT document_id, max(seen_at) AS seen_at, max(gone_at) AS gone_at FROM {reader} GROUP BY document_id"""

SIGHTINGS = """
UPDATE history.document AS d
SET last_seen_at = greatest(d.last_seen_at, s.seen_at), first_seen_at = least(d.first_seen_at, s.seen_at)
FROM seen AS s
WHERE s.document_id = d.document_id AND (s.seen_at > d.last_seen_at OR s.seen_at < d.first_seen_at)"""

# A document is gone from the time that the rule says, until it is seen again.
GONE = """
UPDATE history.document AS d SET gone_at = n.gone_at
FROM (SELECT o.document_id, CASE WHEN greatest(o.gone_at, s.gone_at) >= o.last_seen_at
                                 THEN greatest(o.gone_at, s.gone_at) END AS gone_at
      FROM history.document AS o JOIN seen AS s ON s.document_id = o.document_id) AS n
WHERE n.document_id = d.document_id AND n.gone_at IS DISTINCT FROM d.gone_at"""

MAKE_TOUCHED = """
CREATE TEMP TABLE touched AS SELECT document_id, gone_at FROM history.document WHERE gone_at IS NOT NULL"""

# What a run may have changed the end of: documents with a new version, and those that went or came back.
NOTE_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT document_id FROM history.version WHERE run_id = $run_id
UNION
SELECT d.document_id FROM history.document AS d LEFT JOIN touched AS t ON t.document_id = d.document_id
WHERE d.gone_at IS DISTINCT FROM t.gone_at"""

END_VERSIONS = """
UPDATE history.version AS v SET valid_to = n.valid_to
FROM (SELECT e.version_id, coalesce(lead(e.valid_from) OVER (PARTITION BY e.document_id
                                        ORDER BY e.valid_from, e.run_id, e.version_id), d.gone_at) AS valid_to
      FROM history.version AS e
      JOIN touched AS t ON t.document_id = e.document_id
      JOIN history.document AS d ON d.document_id = e.document_id) AS n
WHERE n.version_id = v.version_id AND n.valid_to IS DISTINCT FROM v.valid_to"""

END_CASE_STUDIES = """
UPDATE history.case_study AS s SET valid_to = v.valid_to
FROM history.version AS v JOIN touched AS t ON t.document_id = v.document_id
WHERE v.version_id = s.version_id AND v.valid_to IS DISTINCT FROM s.valid_to"""

FETCHES = """
INSERT INTO history.fetch
SELECT fetch_id, source, url, document_id, status, outcome, "at", elapsed_ms, byte_count, body_sha256, detail, $1
FROM {reader}
WHERE fetch_id NOT IN (SELECT fetch_id FROM history.fetch) AND {allowed}"""

FAILURES = """
INSERT INTO history.failure
SELECT failure_id, source, url, reason, detail, "at", $1
FROM {reader}
WHERE failure_id NOT IN (SELECT failure_id FROM history.failure)"""

DUPLICATES = """
INSERT INTO history.duplicate
SELECT case_study_id, duplicate_of, $1 FROM {reader} AS n
WHERE NOT EXISTS (SELECT 1 FROM history.duplicate AS o WHERE o.case_study_id = n.case_study_id
                  AND (o.run_id > $2 OR o.duplicate_of IS NOT DISTINCT FROM n.duplicate_of))
ON CONFLICT (case_study_id) DO UPDATE SET duplicate_of = excluded.duplicate_of, run_id = excluded.run_id"""

SCHEME = """
INSERT INTO history.scheme VALUES ($1, $2, $3)
ON CONFLICT (scheme_id) DO UPDATE SET title = excluded.title WHERE title <> excluded.title"""

CODE = """
INSERT INTO history.code VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scheme_id, code) DO UPDATE
SET title = excluded.title, definition = excluded.definition, position = excluded.position
WHERE title <> excluded.title OR definition IS DISTINCT FROM excluded.definition OR position <> excluded.position"""

MODEL = """
INSERT INTO history.model
SELECT $model, $schemes::VARCHAR[], $corpus_digest, $seed, $versions, $scores, $trained_at::TIMESTAMP, $run_id, $run_id
WHERE $model NOT IN (SELECT model_id FROM history.model)"""

MODEL_USED = (
    "UPDATE history.model SET last_run_id = $run_id WHERE model_id = $model AND last_run_id < $run_id"
)

VERDICTS = """
CREATE TEMP TABLE verdict AS
SELECT left(sha256(concat(n.id, chr(31), n.text_sha256, chr(31), n.model)), 16) AS classification_id, n.*,
       list_filter(n.schemes, lambda s: starts_with(s, 'species@'))[1] AS species_scheme_id,
       list_filter(n.schemes, lambda s: starts_with(s, 'stage@'))[1] AS stage_scheme_id,
       EXISTS (SELECT 1 FROM history.case_study AS s
               WHERE s.case_study_id = n.id AND s.text_sha256 = n.text_sha256) AS is_known
FROM {reader} AS n
WHERE classification_id NOT IN (SELECT classification_id FROM history.classification)"""

UNKNOWN_VERDICTS = "SELECT count(*) FROM verdict WHERE NOT is_known"

CLASSIFICATIONS = """
INSERT INTO history.classification
SELECT classification_id, id, text_sha256, model, case_study.value, case_study.probability, stage.label,
       stage.probability, species_scheme_id, stage_scheme_id, $1
FROM verdict WHERE is_known"""

LABELS = """
INSERT INTO history.label
SELECT classification_id, species_scheme_id, s.label, s.probability
FROM (SELECT classification_id, species_scheme_id, unnest(species) AS s FROM verdict WHERE is_known)"""

STAGE_LABELS = """
INSERT INTO history.label
SELECT classification_id, stage_scheme_id, stage.label, stage.probability
FROM verdict WHERE is_known AND stage.label IS NOT NULL"""

EVIDENCE = """
INSERT INTO history.evidence
SELECT classification_id, species_scheme_id, label, (i - 1)::INTEGER, e[i]."quote", e[i]."start", e[i]."end"
FROM (SELECT classification_id, species_scheme_id, s.label AS label, s.evidence AS e,
             unnest(range(1, coalesce(len(s.evidence), 0) + 1)) AS i
      FROM (SELECT classification_id, species_scheme_id, unnest(species) AS s FROM verdict WHERE is_known))"""

DIMENSIONS = """
INSERT INTO history.dimension
SELECT classification_id, stage_scheme_id, d.key, d.value."level", d.value."quote", d.value."start", d.value."end"
FROM (SELECT classification_id, stage_scheme_id, unnest(map_entries(stage.dimensions)) AS d FROM verdict
      WHERE is_known)"""

FAULTY_QUOTE = """
WITH quoted AS (
    SELECT classification_id, quote, start_char, end_char FROM history.evidence
    WHERE classification_id IN (SELECT classification_id FROM verdict)
    UNION ALL
    SELECT classification_id, quote, start_char, end_char FROM history.dimension
    WHERE classification_id IN (SELECT classification_id FROM verdict)
)
SELECT n.id, n.text_sha256, q.quote, q.start_char, q.end_char
FROM quoted AS q
JOIN verdict AS n ON n.classification_id = q.classification_id
JOIN (SELECT case_study_id, text_sha256, max(version_id) AS version_id FROM history.case_study
      WHERE case_study_id IN (SELECT id FROM verdict) GROUP BY case_study_id, text_sha256) AS t
  ON t.case_study_id = n.id AND t.text_sha256 = n.text_sha256
JOIN history.case_study AS s ON s.case_study_id = t.case_study_id AND s.version_id = t.version_id
JOIN history.version AS v ON v.version_id = s.version_id
WHERE v.run_id BETWEEN $1 AND $2
  AND (s.start_char + q.end_char > s.end_char
       OR q.quote <> substring(v.text, s.start_char + q.start_char + 1, q.end_char - q.start_char))
LIMIT 1"""

TWICE = {
    "versions": "SELECT version_id FROM history.version WHERE run_id = $1 GROUP BY ALL HAVING count(*) > 1 LIMIT 1",
    "case studies": """
        SELECT case_study_id, version_id FROM history.case_study WHERE run_id = $1
        GROUP BY ALL HAVING count(*) > 1 LIMIT 1""",
    "fetches": "SELECT fetch_id FROM history.fetch WHERE run_id = $1 GROUP BY ALL HAVING count(*) > 1 LIMIT 1",
    "failures": "SELECT failure_id FROM history.failure WHERE run_id = $1 GROUP BY ALL HAVING count(*) > 1 LIMIT 1",
}

VERDICT_TWICE = "SELECT classification_id FROM verdict GROUP BY ALL HAVING count(*) > 1 LIMIT 1"

LABEL_TWICE = """
SELECT n.id, n.text_sha256, l.code FROM history.label AS l
JOIN verdict AS n ON n.classification_id = l.classification_id
GROUP BY ALL HAVING count(*) > 1 LIMIT 1"""

NOTE_WRITE = """
INSERT INTO history.write
SELECT coalesce(max(write_id), 0) + 1, $1, $2, $3 FROM history.write"""

UNLABELLED = """
SELECT s.case_study_id, s.title, s.text, s.text_sha256
FROM main.case_study_versions AS s
ANTI JOIN (SELECT case_study_id, text_sha256 FROM history.classification WHERE model_id = $1) AS c
  ON c.case_study_id = s.case_study_id AND c.text_sha256 = s.text_sha256
WHERE s.valid_to IS NULL
ORDER BY s.case_study_id"""
