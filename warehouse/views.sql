-- What analysts read. Views hold no data: they are made anew whenever this file changes, so they need no migration.
-- The helpers in `history` come first: what is current, whose label counts.

CREATE OR REPLACE VIEW history.current_version AS
SELECT * FROM history.version WHERE valid_to IS NULL;

CREATE OR REPLACE VIEW history.current_case_study AS
SELECT * FROM history.case_study WHERE valid_to IS NULL;

-- One verdict a case study: on its present text, by the model that ran last. A model that is brought back is the
-- model that ran last, so its old verdicts show again.
CREATE OR REPLACE VIEW history.current_classification AS
SELECT c.*
FROM history.classification AS c
JOIN history.case_study AS s
  ON s.case_study_id = c.case_study_id AND s.text_sha256 = c.text_sha256 AND s.valid_to IS NULL
LEFT JOIN history.model AS m ON m.model_id = c.model_id
QUALIFY row_number() OVER (
    PARTITION BY c.case_study_id ORDER BY m.last_run_id DESC NULLS LAST, c.run_id DESC, c.model_id DESC) = 1;

-- A person's latest decision on each question, if it was made on the present text; as many rows as it has quotations.
CREATE OR REPLACE VIEW history.current_annotation AS
SELECT a.*
FROM history.annotation AS a
JOIN history.case_study AS s
  ON s.case_study_id = a.case_study_id AND s.text_sha256 = a.text_sha256 AND s.valid_to IS NULL
QUALIFY rank() OVER (
    PARTITION BY a.case_study_id, a.kind, a.scheme_id, CASE WHEN a.kind IN ('species', 'dimension') THEN a.code END
    ORDER BY a.annotated_at DESC, a.annotator DESC) = 1;

-- The schemes of the model that ran last.
CREATE OR REPLACE VIEW history.current_scheme AS
SELECT scheme_id, split_part(scheme_id, '@', 1) AS kind
FROM (SELECT unnest(schemes) AS scheme_id
      FROM (SELECT schemes FROM history.model ORDER BY last_run_id DESC, model_id DESC LIMIT 1));

CREATE OR REPLACE VIEW main.labels AS
SELECT c.case_study_id, l.scheme_id AS scheme, l.code AS label, l.probability, 'model' AS decided_by,
       c.model_id AS model, NULL::VARCHAR AS annotator, c.text_sha256, c.run_id
FROM history.current_classification AS c
JOIN history.label AS l ON l.classification_id = c.classification_id
LEFT JOIN history.current_annotation AS a
  ON a.case_study_id = c.case_study_id AND a.scheme_id = l.scheme_id
 AND (a.kind = 'stage' OR (a.kind = 'species' AND a.code = l.code))
WHERE a.annotation_id IS NULL
UNION ALL
SELECT DISTINCT a.case_study_id, a.scheme_id, a.code, 1.0, 'person', NULL, a.annotator, a.text_sha256, NULL
FROM history.current_annotation AS a
WHERE a.kind IN ('species', 'stage') AND a.is_present AND a.code IS NOT NULL;

CREATE OR REPLACE VIEW main.evidence AS
SELECT c.case_study_id, e.scheme_id AS scheme, e.code AS label, e.quote, e.start_char, e.end_char,
       'model' AS decided_by, c.model_id AS model, e.position
FROM history.current_classification AS c
JOIN history.evidence AS e ON e.classification_id = c.classification_id
LEFT JOIN history.current_annotation AS a
  ON a.case_study_id = c.case_study_id AND a.scheme_id = e.scheme_id AND a.kind = 'species' AND a.code = e.code
 AND NOT a.is_present
WHERE a.annotation_id IS NULL
UNION ALL
SELECT DISTINCT a.case_study_id, a.scheme_id, a.code, a.quote, a.start_char, a.end_char, 'person', NULL, 0
FROM history.current_annotation AS a
WHERE a.kind = 'species' AND a.is_present AND a.quote IS NOT NULL;

CREATE OR REPLACE VIEW main.dimensions AS
SELECT c.case_study_id, d.dimension, d.level, d.quote, d.start_char, d.end_char, 'model' AS decided_by,
       c.model_id AS model, d.scheme_id AS scheme
FROM history.current_classification AS c
JOIN history.dimension AS d ON d.classification_id = c.classification_id
LEFT JOIN history.current_annotation AS a
  ON a.case_study_id = c.case_study_id AND a.scheme_id = d.scheme_id AND a.kind = 'dimension' AND a.code = d.dimension
WHERE a.annotation_id IS NULL
UNION ALL
SELECT a.case_study_id, a.code, a.level, a.quote, a.start_char, a.end_char, 'person', NULL, a.scheme_id
FROM history.current_annotation AS a
WHERE a.kind = 'dimension' AND a.is_present AND a.level IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY a.case_study_id, a.code, a.scheme_id ORDER BY a.start_char, a.annotation_id) = 1;

CREATE OR REPLACE VIEW main.case_studies AS
SELECT s.case_study_id AS id, v.source_id AS source, v.url, s.title,
       substring(v.text, s.start_char + 1, s.end_char - s.start_char) AS text,
       v.published_on AS published, v.fetched_at, v.licence, v.language,
       o.case_study_id AS duplicate_of,
       coalesce(f.is_present, c.is_case_study) AS is_case_study,
       CASE WHEN g.annotation_id IS NOT NULL THEN g.code ELSE c.stage END AS stage,
       CASE WHEN g.annotation_id IS NOT NULL THEN 1.0 ELSE c.stage_probability END AS stage_probability,
       CASE WHEN l.species IS NOT NULL THEN l.species
            WHEN c.classification_id IS NOT NULL THEN []::VARCHAR[] END AS species,
       CASE WHEN f.annotation_id IS NOT NULL THEN 1.0 ELSE c.case_study_probability END AS case_study_probability,
       CASE WHEN f.annotation_id IS NOT NULL OR g.annotation_id IS NOT NULL OR coalesce(l.has_person, false)
            THEN 'person' WHEN c.classification_id IS NOT NULL THEN 'model' END AS decided_by,
       c.model_id AS model,
       s.document_id, s.version_id, s.position, s.start_char, s.end_char, s.first_page, s.last_page,
       s.confidence AS split_confidence, s.text_sha256
FROM history.case_study AS s
JOIN history.version AS v ON v.version_id = s.version_id
LEFT JOIN history.current_classification AS c ON c.case_study_id = s.case_study_id
LEFT JOIN (SELECT * FROM history.current_annotation WHERE kind = 'case_study'
           QUALIFY row_number() OVER (PARTITION BY case_study_id ORDER BY annotation_id) = 1
          ) AS f ON f.case_study_id = s.case_study_id
LEFT JOIN (SELECT * FROM history.current_annotation WHERE kind = 'stage'
           QUALIFY row_number() OVER (PARTITION BY case_study_id ORDER BY annotated_at DESC, annotation_id DESC) = 1
          ) AS g ON g.case_study_id = s.case_study_id
LEFT JOIN (SELECT case_study_id, list(DISTINCT label ORDER BY label) AS species,
                  bool_or(decided_by = 'person') AS has_person
           FROM main.labels WHERE starts_with(scheme, 'species@') GROUP BY case_study_id
          ) AS l ON l.case_study_id = s.case_study_id
LEFT JOIN history.duplicate AS u ON u.case_study_id = s.case_study_id
LEFT JOIN history.current_case_study AS o ON o.case_study_id = u.duplicate_of
WHERE s.valid_to IS NULL;

CREATE OR REPLACE VIEW main.case_study_versions AS
SELECT s.case_study_id, s.version_id, s.document_id, v.source_id AS source, v.url, s.title,
       substring(v.text, s.start_char + 1, s.end_char - s.start_char) AS text, s.text_sha256,
       s.start_char, s.end_char, s.first_page, s.last_page, s.position, s.confidence AS split_confidence,
       s.valid_from, s.valid_to, s.run_id
FROM history.case_study AS s
JOIN history.version AS v ON v.version_id = s.version_id;

CREATE OR REPLACE VIEW main.documents AS
SELECT d.document_id, d.source_id AS source, d.url, v.title, d.first_seen_at, d.last_seen_at, d.gone_at,
       v.published_on AS published, v.language, v.licence, v.content_type, v.rights,
       coalesce(n.version_count, 0) AS version_count, coalesce(k.case_study_count, 0) AS case_study_count,
       v.version_id AS latest_version_id
FROM history.document AS d
LEFT JOIN (SELECT * EXCLUDE (text) FROM history.version
           QUALIFY row_number() OVER (PARTITION BY document_id ORDER BY valid_from DESC, version_id DESC) = 1
          ) AS v ON v.document_id = d.document_id
LEFT JOIN (SELECT document_id, count(*) AS version_count FROM history.version GROUP BY document_id
          ) AS n ON n.document_id = d.document_id
LEFT JOIN (SELECT document_id, count(*) AS case_study_count FROM history.case_study WHERE valid_to IS NULL
           GROUP BY document_id) AS k ON k.document_id = d.document_id;

CREATE OR REPLACE VIEW main.versions AS
SELECT version_id, document_id, source_id AS source, url, title, text, valid_from, valid_to,
       published_on AS published, language, licence, content_type, text_sha256, body_sha256, fetched_at, fetch_id,
       rights, run_id
FROM history.version;

CREATE OR REPLACE VIEW main.fetches AS
SELECT fetch_id, source_id AS source, url, status, outcome, fetched_at AS at, elapsed_ms, byte_count, body_sha256,
       detail, document_id, run_id
FROM history.fetch;

CREATE OR REPLACE VIEW main.failures AS
SELECT failure_id, source_id AS source, url, reason, detail, failed_at AS at, run_id
FROM history.failure;

CREATE OR REPLACE VIEW main.source_runs AS
SELECT run_id, source_id AS source, is_ok, message, started_at, finished_at, fetch_count, new_count, changed_count,
       unchanged_count, gone_count, failure_count, document_count, case_study_count, source_digest
FROM history.source_run;

CREATE OR REPLACE VIEW main.sources AS
SELECT s.source_id AS source, s.title, s.kind, s.start_urls, s.licence, s.basis, s.checked_on, s.contact, s.digest,
       r.last_run_id, r.last_run_at, r.is_last_ok, r.last_message, r.last_good_run_id, r.last_good_at,
       coalesce(n.document_count, 0) AS document_count, coalesce(n.case_study_count, 0) AS case_study_count
FROM (SELECT * FROM history.source
      QUALIFY row_number() OVER (PARTITION BY source_id ORDER BY first_run_id DESC, digest DESC) = 1) AS s
LEFT JOIN (SELECT source_id, max(run_id) AS last_run_id, arg_max(finished_at, run_id) AS last_run_at,
                  arg_max(is_ok, run_id) AS is_last_ok,
                  max_by({'message': message}, run_id).message AS last_message,
                  max(run_id) FILTER (is_ok) AS last_good_run_id,
                  arg_max(finished_at, run_id) FILTER (is_ok) AS last_good_at
           FROM history.source_run GROUP BY source_id) AS r ON r.source_id = s.source_id
LEFT JOIN (SELECT d.source_id, count(DISTINCT d.document_id) AS document_count,
                  count(c.case_study_id) AS case_study_count
           FROM history.document AS d
           LEFT JOIN history.current_case_study AS c ON c.document_id = d.document_id
           WHERE d.gone_at IS NULL GROUP BY d.source_id) AS n ON n.source_id = s.source_id;

CREATE OR REPLACE VIEW main.runs AS
SELECT r.run_id, r.started_at, r.finished_at, r.loaded_at,
       coalesce(s.source_count, 0) AS source_count, coalesce(s.failed_source_count, 0) AS failed_source_count,
       coalesce(s.fetch_count, 0) AS fetch_count, coalesce(s.new_count, 0) AS new_count,
       coalesce(s.changed_count, 0) AS changed_count, coalesce(s.gone_count, 0) AS gone_count,
       coalesce(s.failure_count, 0) AS failure_count, r.detail
FROM history.run AS r
LEFT JOIN (SELECT run_id, count(*) AS source_count, count(*) FILTER (NOT is_ok) AS failed_source_count,
                  sum(fetch_count)::BIGINT AS fetch_count, sum(new_count)::BIGINT AS new_count,
                  sum(changed_count)::BIGINT AS changed_count, sum(gone_count)::BIGINT AS gone_count,
                  sum(failure_count)::BIGINT AS failure_count
           FROM history.source_run GROUP BY run_id) AS s ON s.run_id = r.run_id;

CREATE OR REPLACE VIEW main.models AS
SELECT m.model_id AS model, m.schemes, m.corpus_digest, m.seed, m.versions, m.scores, m.trained_at, m.first_run_id,
       m.last_run_id, m.last_run_id = (SELECT max(last_run_id) FROM history.model) AS is_newest
FROM history.model AS m;

CREATE OR REPLACE VIEW main.schemes AS
SELECT s.scheme_id AS scheme, s.title, count(c.code) AS code_count,
       EXISTS (SELECT 1 FROM history.current_scheme AS k WHERE k.scheme_id = s.scheme_id) AS is_current,
       s.first_run_id
FROM history.scheme AS s
LEFT JOIN history.code AS c ON c.scheme_id = s.scheme_id
GROUP BY s.scheme_id, s.title, s.first_run_id;

CREATE OR REPLACE VIEW main.codes AS
SELECT scheme_id AS scheme, code, title, definition, position
FROM history.code;

CREATE OR REPLACE VIEW main.snapshots AS
SELECT snapshot_id, number, published_at, run_id, checksum, source_count, document_count, case_study_count,
       label_count, evidence_count, annotation_count, citation
FROM history.snapshot;

CREATE OR REPLACE VIEW main.annotations AS
SELECT a.annotation_id, a.case_study_id, a.kind, a.scheme_id AS scheme, a.code AS label, a.is_present, a.level,
       a.quote, a.start_char, a.end_char, a.annotator, a.annotated_at, a.note, a.origin, a.text_sha256,
       s.text_sha256 IS DISTINCT FROM a.text_sha256 AS is_stale
FROM history.annotation AS a
LEFT JOIN history.current_case_study AS s ON s.case_study_id = a.case_study_id;

-- How far those who decided on the same texts agree, label by label; the model is one of them.
CREATE OR REPLACE VIEW main.agreement AS
WITH latest AS (
    SELECT annotator AS rater, case_study_id, text_sha256, kind, coalesce(scheme_id, 'case_study') AS scheme,
           coalesce(code, CASE WHEN kind = 'case_study' THEN 'case_study' END) AS code, is_present
    FROM history.annotation WHERE kind <> 'dimension'
    QUALIFY row_number() OVER (
        PARTITION BY annotator, case_study_id, text_sha256, kind, scheme_id, CASE WHEN kind = 'species' THEN code END
        ORDER BY annotated_at DESC, annotation_id DESC) = 1
), decided AS (
    SELECT rater, case_study_id, text_sha256, scheme, code, is_present FROM latest WHERE kind <> 'stage'
    UNION ALL
    SELECT l.rater, l.case_study_id, l.text_sha256, l.scheme, c.code, l.is_present AND l.code IS NOT DISTINCT FROM c.code
    FROM latest AS l JOIN history.code AS c ON c.scheme_id = l.scheme WHERE l.kind = 'stage'
), asked AS (
    SELECT DISTINCT case_study_id, text_sha256, scheme, code FROM decided
), verdict AS (
    SELECT c.* FROM history.classification AS c
    SEMI JOIN asked AS q ON q.case_study_id = c.case_study_id AND q.text_sha256 = c.text_sha256
    LEFT JOIN history.model AS m ON m.model_id = c.model_id
    QUALIFY row_number() OVER (PARTITION BY c.case_study_id, c.text_sha256
                               ORDER BY m.last_run_id DESC NULLS LAST, c.run_id DESC, c.model_id DESC) = 1
), rated AS (
    FROM decided
    UNION ALL
    SELECT 'model', q.case_study_id, q.text_sha256, q.scheme, q.code,
           CASE WHEN q.scheme = 'case_study' THEN v.is_case_study ELSE l.code IS NOT NULL END
    FROM asked AS q
    JOIN verdict AS v ON v.case_study_id = q.case_study_id AND v.text_sha256 = q.text_sha256
    LEFT JOIN history.label AS l
      ON l.classification_id = v.classification_id AND l.scheme_id = q.scheme AND l.code = q.code
    WHERE q.scheme IN ('case_study', v.species_scheme_id, v.stage_scheme_id)
), counted AS (
    SELECT a.scheme, a.code AS label, a.rater AS rater_a, b.rater AS rater_b, count(*) AS text_count,
           count(*) FILTER (a.is_present AND b.is_present) AS both_count,
           count(*) FILTER (a.is_present AND NOT b.is_present) AS only_a_count,
           count(*) FILTER (NOT a.is_present AND b.is_present) AS only_b_count,
           count(*) FILTER (NOT a.is_present AND NOT b.is_present) AS neither_count
    FROM rated AS a
    JOIN rated AS b ON b.case_study_id = a.case_study_id AND b.text_sha256 = a.text_sha256 AND b.scheme = a.scheme
     AND b.code = a.code AND (a.rater <> 'model' AND (b.rater = 'model' OR a.rater < b.rater))
    GROUP BY a.scheme, a.code, a.rater, b.rater
)
SELECT *, (both_count + neither_count) / text_count AS observed_share,
       2 * (both_count * neither_count - only_a_count * only_b_count)
       / nullif((both_count + only_a_count) * (only_a_count + neither_count)
                + (both_count + only_b_count) * (only_b_count + neither_count), 0) AS kappa,
       2 * both_count / nullif(2 * both_count + only_a_count + only_b_count, 0) AS f1
FROM counted;

-- What differs between two snapshots: the newest (or none yet: then nothing) and the one with the number given.
CREATE OR REPLACE MACRO history.changes_after(since) AS TABLE
SELECT coalesce(n.case_study_id, o.case_study_id) AS case_study_id,
       CASE WHEN o.case_study_id IS NULL THEN 'added' WHEN n.case_study_id IS NULL THEN 'gone' ELSE 'changed' END
           AS change
FROM (SELECT case_study_id, digest FROM history.published WHERE last_number IS NULL) AS n
FULL JOIN (SELECT case_study_id, digest FROM history.published
           WHERE first_number <= since AND coalesce(last_number, since) >= since) AS o
  ON o.case_study_id = n.case_study_id
WHERE n.digest IS DISTINCT FROM o.digest;

CREATE OR REPLACE VIEW main.changes AS
SELECT h.case_study_id, h.change, l.source, l.url, l.title,
       (SELECT snapshot_id FROM history.snapshot ORDER BY number DESC LIMIT 1) AS snapshot_id,
       (SELECT snapshot_id FROM history.snapshot ORDER BY number DESC LIMIT 1 OFFSET 1) AS since_snapshot_id
FROM history.changes_after((SELECT coalesce(max(number), 1) - 1 FROM history.snapshot)) AS h
LEFT JOIN (SELECT s.case_study_id, d.source_id AS source, d.url, s.title
           FROM history.case_study AS s JOIN history.document AS d ON d.document_id = s.document_id
           QUALIFY row_number() OVER (PARTITION BY s.case_study_id ORDER BY s.valid_from DESC, s.version_id DESC) = 1
          ) AS l ON l.case_study_id = h.case_study_id;

-- Every cell of the map, the empty ones too: a gap is a finding. Duplicates and what is no case study are left out.
CREATE OR REPLACE VIEW main.species_by_stage AS
WITH held AS (
    SELECT id, coalesce(stage, '') AS stage, unnest(species) AS species FROM main.case_studies
    WHERE is_case_study AND duplicate_of IS NULL
), species_code AS (
    SELECT c.code, min(c.title) AS title, min(c.position) AS position FROM history.code AS c
    JOIN history.current_scheme AS k ON k.scheme_id = c.scheme_id WHERE k.kind = 'species' GROUP BY c.code
    UNION ALL
    SELECT DISTINCT species, species, 1000 FROM held
    WHERE species NOT IN (SELECT c.code FROM history.code AS c
                          JOIN history.current_scheme AS k ON k.scheme_id = c.scheme_id WHERE k.kind = 'species')
), stage_code AS (
    SELECT c.code, min(c.title) AS title, min(c.position) AS position FROM history.code AS c
    JOIN history.current_scheme AS k ON k.scheme_id = c.scheme_id WHERE k.kind = 'stage' GROUP BY c.code
    UNION ALL
    SELECT DISTINCT stage, stage, 1000 FROM held
    WHERE stage <> '' AND stage NOT IN (SELECT c.code FROM history.code AS c
                          JOIN history.current_scheme AS k ON k.scheme_id = c.scheme_id WHERE k.kind = 'stage')
    UNION ALL
    SELECT '', 'not stated', 2000
)
SELECT p.code AS species, nullif(g.code, '') AS stage, count(h.id) AS case_study_count,
       p.title AS species_title, g.title AS stage_title, p.position AS species_position, g.position AS stage_position
FROM species_code AS p
CROSS JOIN stage_code AS g
LEFT JOIN held AS h ON h.species = p.code AND h.stage = g.code
GROUP BY p.code, g.code, p.title, g.title, p.position, g.position
ORDER BY p.position, p.code, g.position, g.code;

-- The quote of the surest label, widened to its sentence where that stays under 320 characters.
CREATE OR REPLACE VIEW main.nuggets AS
WITH best AS (
    SELECT e.case_study_id, e.label, e.start_char, e.end_char, e.quote
    FROM main.evidence AS e
    JOIN main.labels AS l ON l.case_study_id = e.case_study_id AND l.scheme = e.scheme AND l.label = e.label
    QUALIFY row_number() OVER (PARTITION BY e.case_study_id
                               ORDER BY l.probability DESC, e.position, e.start_char, e.label) = 1
), around AS (
    SELECT b.*, s.text, s.source, s.url, s.title,
           length(regexp_extract(substring(s.text, greatest(b.start_char - 299, 1), least(b.start_char, 300)),
                                 '[^.!?\n]*$')) AS before,
           length(regexp_extract(substring(s.text, b.end_char + 1, 300), '^[^.!?\n]*[.!?]?[”’"'')]?')) AS after
    FROM best AS b
    JOIN main.case_study_versions AS s ON s.case_study_id = b.case_study_id AND s.valid_to IS NULL
), span AS (
    SELECT *, CASE WHEN before + after + end_char - start_char <= 320 THEN start_char - before ELSE start_char END AS a,
           CASE WHEN before + after + end_char - start_char > 320 OR regexp_matches(quote, '[.!?]$') THEN end_char
                ELSE end_char + after END AS z
    FROM around
)
SELECT case_study_id, trim(substring(text, a + 1, z - a), E' \n\t') AS nugget, url, label, source, title
FROM span;

CREATE OR REPLACE VIEW main.review_queue AS
WITH flagged AS (
    SELECT DISTINCT case_study_id FROM history.current_annotation
), doubt AS (
    SELECT case_study_id, label, probability, scheme, 'the label is unsure' AS why, abs(probability - 0.5) AS distance
    FROM main.labels WHERE decided_by = 'model' AND abs(probability - 0.5) < 0.15
    UNION ALL
    SELECT c.case_study_id, NULL, c.case_study_probability, NULL, 'unsure whether this is a case study',
           abs(c.case_study_probability - 0.5)
    FROM history.current_classification AS c ANTI JOIN flagged AS f ON f.case_study_id = c.case_study_id
    WHERE abs(c.case_study_probability - 0.5) < 0.15
    UNION ALL
    SELECT case_study_id, NULL, confidence, NULL, 'the split of the document is doubtful', confidence / 2
    FROM history.current_case_study WHERE confidence < 0.5
    UNION ALL
    SELECT l.case_study_id, l.label, l.probability, l.scheme, 'the label has no quotation', 0.2
    FROM main.labels AS l
    ANTI JOIN main.evidence AS e ON e.case_study_id = l.case_study_id AND e.scheme = l.scheme AND e.label = l.label
    WHERE starts_with(l.scheme, 'species@') AND l.decided_by = 'model'
    UNION ALL
    SELECT DISTINCT case_study_id, label, NULL::DOUBLE, scheme, 'the text changed after a person decided', 0.0
    FROM main.annotations
    WHERE is_stale AND case_study_id IN (SELECT case_study_id FROM history.current_case_study)
)
SELECT q.case_study_id, q.label, q.probability, q.why, q.scheme, v.source_id AS source, v.url, s.title, q.distance
FROM doubt AS q
JOIN history.current_case_study AS s ON s.case_study_id = q.case_study_id
JOIN history.version AS v ON v.version_id = s.version_id
LEFT JOIN history.duplicate AS u ON u.case_study_id = q.case_study_id
LEFT JOIN history.current_case_study AS o ON o.case_study_id = u.duplicate_of
WHERE o.case_study_id IS NULL
ORDER BY q.distance, q.case_study_id, q.label;

-- From a label to the words, the page, the request, the run and the model that it rests on.
CREATE OR REPLACE VIEW main.lineage AS
SELECT l.case_study_id, s.title, l.scheme, l.label, l.probability, l.decided_by, l.annotator,
       e.quote, e.start_char, e.end_char,
       d.document_id, d.source_id AS source, d.url, v.version_id, v.valid_from, v.fetch_id, v.fetched_at, f.status,
       v.body_sha256, v.run_id AS harvest_run_id, l.run_id AS label_run_id, l.model, m.corpus_digest, m.trained_at
FROM main.labels AS l
JOIN history.current_case_study AS s ON s.case_study_id = l.case_study_id
JOIN history.version AS v ON v.version_id = s.version_id
JOIN history.document AS d ON d.document_id = s.document_id
LEFT JOIN history.fetch AS f ON f.fetch_id = v.fetch_id
LEFT JOIN main.evidence AS e ON e.case_study_id = l.case_study_id AND e.scheme = l.scheme AND e.label = l.label
LEFT JOIN history.model AS m ON m.model_id = l.model;

-- A case study's record as one digest: what a reader would notice, so that snapshots can be compared.
-- Sorting a list is twice as fast as an aggregate with ORDER BY.
CREATE OR REPLACE VIEW history.record_digest AS
WITH label_text AS (
    SELECT case_study_id, list_sort(list(concat(scheme, '|', label, '|', round(probability * 10000)::INTEGER, '|',
                                                decided_by))) AS labels
    FROM main.labels GROUP BY case_study_id
), evidence_text AS (
    SELECT case_study_id, list_sort(list(concat(scheme, '|', label, '|', start_char, '|', end_char))) AS evidence
    FROM main.evidence GROUP BY case_study_id
), dimension_text AS (
    SELECT case_study_id, list_sort(list(concat(dimension, '|', level, '|', start_char, '|', end_char))) AS dimensions
    FROM main.dimensions GROUP BY case_study_id
)
SELECT s.id AS case_study_id,
       sha256(concat(s.source, chr(31), s.url, chr(31), s.title, chr(31), s.text_sha256, chr(31), s.published, chr(31),
                     s.licence, chr(31), s.language, chr(31), s.duplicate_of, chr(31), s.first_page, chr(31),
                     s.last_page, chr(31), s.is_case_study, chr(31), s.stage, chr(31), array_to_string(l.labels, ';'),
                     chr(31), array_to_string(e.evidence, ';'), chr(31), array_to_string(d.dimensions, ';'))) AS digest
FROM main.case_studies AS s
LEFT JOIN label_text AS l ON l.case_study_id = s.id
LEFT JOIN evidence_text AS e ON e.case_study_id = s.id
LEFT JOIN dimension_text AS d ON d.case_study_id = s.id;

-- A case study as exports give it: docs/interfaces.md, "Records".
CREATE OR REPLACE VIEW history.record AS
WITH quotation AS (
    SELECT case_study_id, scheme, label,
           list({'quote': quote, 'start': start_char, 'end': end_char} ORDER BY decided_by DESC, position, start_char)
               AS evidence
    FROM main.evidence GROUP BY case_study_id, scheme, label
), named AS (
    SELECT l.case_study_id,
           list({'label': l.label, 'probability': l.probability,
                 'evidence': coalesce(q.evidence, [])} ORDER BY l.probability DESC, l.label) AS species
    FROM main.labels AS l
    LEFT JOIN quotation AS q ON q.case_study_id = l.case_study_id AND q.scheme = l.scheme AND q.label = l.label
    WHERE starts_with(l.scheme, 'species@') GROUP BY l.case_study_id
), scored AS (
    SELECT case_study_id,
           list({'dimension': dimension, 'level': level, 'quote': quote, 'start': start_char, 'end': end_char}
                ORDER BY dimension, decided_by DESC) AS dimensions
    FROM main.dimensions GROUP BY case_study_id
), used AS (
    SELECT case_study_id, list(DISTINCT scheme ORDER BY scheme) AS schemes FROM (
        SELECT case_study_id, unnest([species_scheme_id, stage_scheme_id]) AS scheme FROM history.current_classification
        UNION ALL SELECT case_study_id, scheme_id FROM history.current_annotation)
    WHERE scheme IS NOT NULL GROUP BY case_study_id
)
SELECT s.id, s.source, s.url, s.title, s.text, s.published, s.fetched_at, s.licence, s.language, s.duplicate_of,
       CASE WHEN s.first_page IS NOT NULL THEN [s.first_page, s.last_page] END AS pages,
       {'value': s.is_case_study, 'probability': s.case_study_probability} AS case_study,
       coalesce(n.species, []) AS species,
       {'label': s.stage, 'probability': s.stage_probability, 'dimensions': coalesce(d.dimensions, [])} AS stage,
       s.decided_by, coalesce(u.schemes, []) AS schemes, s.model, s.text_sha256
FROM main.case_studies AS s
LEFT JOIN named AS n ON n.case_study_id = s.id
LEFT JOIN scored AS d ON d.case_study_id = s.id
LEFT JOIN used AS u ON u.case_study_id = s.id;

-- Case studies that have one of the words, the best first: BM25 (k1 1.2, b 0.75; a word in the title counts thrice), by
-- whole words, without accents or case. Only texts that hold a word at all are looked at more closely.
CREATE OR REPLACE MACRO main.search(words) AS TABLE
WITH wanted AS (
    SELECT unnest(list_distinct(regexp_extract_all(replace(strip_accents(lower(words)), '’', ''''),
                                                   '[\pL\pN]+(?:''[\pL\pN]+)*'))) AS word
), held AS (
    SELECT s.case_study_id, replace(strip_accents(lower(s.title)), '’', '''') AS title,
           replace(strip_accents(lower(substring(v.text, s.start_char + 1, s.end_char - s.start_char))), '’', '''') AS text,
           s.end_char - s.start_char + 1 AS size
    FROM history.case_study AS s JOIN history.version AS v ON v.version_id = s.version_id
    WHERE s.valid_to IS NULL
), found AS (
    SELECT h.case_study_id, w.word, h.size,
           len(regexp_extract_all(h.text, '\b' || w.word || '\b'))
           + 3 * len(regexp_extract_all(h.title, '\b' || w.word || '\b')) AS hits
    FROM held AS h JOIN wanted AS w ON contains(h.text, w.word) OR contains(h.title, w.word)
), corpus AS (
    SELECT count(*) AS n, avg(end_char - start_char + 1) AS mean_size FROM history.case_study WHERE valid_to IS NULL
), weighed AS (
    SELECT *, count(*) OVER (PARTITION BY word) AS df FROM found WHERE hits > 0
), scored AS (
    SELECT f.case_study_id,
           sum(ln(1 + (c.n - f.df + 0.5) / (f.df + 0.5)) * f.hits * 2.2
               / (f.hits + 1.2 * (0.25 + 0.75 * f.size / c.mean_size))) AS score
    FROM weighed AS f CROSS JOIN corpus AS c GROUP BY f.case_study_id
)
SELECT s.id, round(x.score, 4) AS score, s.title, s.source, s.url, s.species, s.stage, s.is_case_study, s.duplicate_of
FROM scored AS x JOIN main.case_studies AS s ON s.id = x.case_study_id
ORDER BY x.score DESC, s.id;
