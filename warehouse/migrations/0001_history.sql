-- What is held, with its history. Every table stands in the schema `history`; analysts read the views in `main`.
-- Times are UTC. No FOREIGN KEY: DuckDB could then neither update nor delete the parent; checks before publishing
-- prove the references. The tables that grow with the corpus have no PRIMARY KEY either (their indexes took two fifths
-- of the file and most of the memory of a load): what is unique in them is said above each, kept by the load and proved
-- before publishing. Digests are lower-case sha256.
-- Everything that has changed this file, in order; a snapshot is stale if something was written after it.
CREATE TABLE history.write (
    write_id   BIGINT    NOT NULL PRIMARY KEY,
    kind       VARCHAR   NOT NULL CHECK (kind IN ('load', 'annotations', 'takedown', 'schools')),
    run_id     VARCHAR,
    written_at TIMESTAMP NOT NULL
);

CREATE TABLE history.run (
    run_id      VARCHAR   NOT NULL PRIMARY KEY,
    started_at  TIMESTAMP,
    finished_at TIMESTAMP,
    loaded_at   TIMESTAMP NOT NULL,
    detail      VARCHAR   NOT NULL  -- run.json as it was
);

-- A source as it was configured: a changed file is a new row.
CREATE TABLE history.source (
    source_id     VARCHAR NOT NULL,
    digest        VARCHAR NOT NULL,
    title         VARCHAR NOT NULL,
    kind          VARCHAR NOT NULL,
    start_urls    VARCHAR[] NOT NULL,
    licence       VARCHAR,
    basis         VARCHAR,
    checked_on    DATE,
    contact       VARCHAR,
    first_run_id  VARCHAR NOT NULL,
    PRIMARY KEY (source_id, digest)
);

-- What a run did at one source.
CREATE TABLE history.source_run (
    run_id           VARCHAR NOT NULL,
    source_id        VARCHAR NOT NULL,
    source_digest    VARCHAR,
    is_ok            BOOLEAN NOT NULL,
    message          VARCHAR,
    started_at       TIMESTAMP,
    finished_at      TIMESTAMP,
    fetch_count      BIGINT NOT NULL CHECK (fetch_count >= 0),
    new_count        BIGINT NOT NULL CHECK (new_count >= 0),
    changed_count    BIGINT NOT NULL CHECK (changed_count >= 0),
    unchanged_count  BIGINT NOT NULL CHECK (unchanged_count >= 0),
    gone_count       BIGINT NOT NULL CHECK (gone_count >= 0),
    failure_count    BIGINT NOT NULL CHECK (failure_count >= 0),
    document_count   BIGINT NOT NULL CHECK (document_count >= 0),
    case_study_count BIGINT NOT NULL CHECK (case_study_count >= 0),
    PRIMARY KEY (run_id, source_id)
);

-- Unique: document_id.
CREATE TABLE history.document (
    document_id   VARCHAR   NOT NULL,
    source_id     VARCHAR   NOT NULL,
    url           VARCHAR   NOT NULL,
    first_seen_at TIMESTAMP NOT NULL,
    last_seen_at  TIMESTAMP NOT NULL CHECK (last_seen_at >= first_seen_at),
    gone_at       TIMESTAMP,  -- null while it is there, and again once it has come back
    first_run_id  VARCHAR   NOT NULL
);

-- A document's text as it was: one row each time that it changed. version_id is made of the document's id, the
-- fetch and what the fetch brought, so that the same find always has the same id. Unique: version_id.
CREATE TABLE history.version (
    version_id   VARCHAR   NOT NULL,
    document_id  VARCHAR   NOT NULL,
    source_id    VARCHAR   NOT NULL,
    url          VARCHAR   NOT NULL,
    title        VARCHAR   NOT NULL,
    text         VARCHAR   NOT NULL USING COMPRESSION zstd,
    text_sha256  VARCHAR   NOT NULL CHECK (length(text_sha256) = 64),
    body_sha256  VARCHAR   NOT NULL,
    content_type VARCHAR,
    published_on DATE,
    language     VARCHAR,
    licence      VARCHAR,
    rights       VARCHAR   NOT NULL,  -- JSON object
    fetched_at   TIMESTAMP NOT NULL,
    fetch_id     VARCHAR   NOT NULL,
    valid_from   TIMESTAMP NOT NULL,
    valid_to     TIMESTAMP,           -- null: this is how it is now
    run_id       VARCHAR   NOT NULL
);

-- A case study as it stood in one version of its document. Its text is not kept twice: it is that version's text
-- from start_char to end_char, and text_sha256 proves it. Unique: case_study_id, version_id.
CREATE TABLE history.case_study (
    case_study_id VARCHAR   NOT NULL,
    version_id    VARCHAR   NOT NULL,
    document_id   VARCHAR   NOT NULL,
    title         VARCHAR   NOT NULL,
    text_sha256   VARCHAR   NOT NULL CHECK (length(text_sha256) = 64),
    start_char    BIGINT    NOT NULL CHECK (start_char >= 0),
    end_char      BIGINT    NOT NULL CHECK (end_char >= start_char),
    first_page    INTEGER   CHECK (first_page >= 1),
    last_page     INTEGER   CHECK (last_page >= first_page),
    confidence    DOUBLE    NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    position      INTEGER   NOT NULL CHECK (position >= 0),
    valid_from    TIMESTAMP NOT NULL,
    valid_to      TIMESTAMP,          -- null: current
    run_id        VARCHAR   NOT NULL
);

CREATE TABLE history.duplicate (
    case_study_id VARCHAR NOT NULL PRIMARY KEY,
    duplicate_of  VARCHAR,            -- null: no longer a duplicate
    run_id        VARCHAR NOT NULL,
    CHECK (duplicate_of <> case_study_id)
);

-- A model's verdict on one text of a case study: bound to the text by its digest, never rewritten.
-- Unique: classification_id.
CREATE TABLE history.classification (
    classification_id      VARCHAR NOT NULL,
    case_study_id          VARCHAR NOT NULL,
    text_sha256            VARCHAR NOT NULL CHECK (length(text_sha256) = 64),
    model_id               VARCHAR NOT NULL,
    is_case_study          BOOLEAN NOT NULL,
    case_study_probability DOUBLE  CHECK (case_study_probability BETWEEN 0 AND 1),
    stage                  VARCHAR,   -- null: the text does not say
    stage_probability      DOUBLE  CHECK (stage_probability BETWEEN 0 AND 1),
    species_scheme_id      VARCHAR,
    stage_scheme_id        VARCHAR,
    run_id                 VARCHAR NOT NULL
);

-- Labels keep the scheme's version: a scheme that changes never rewrites old labels.
-- Unique: classification_id, scheme_id, code.
CREATE TABLE history.label (
    classification_id VARCHAR NOT NULL,
    scheme_id         VARCHAR NOT NULL,  -- 'species@2021-01'
    code              VARCHAR NOT NULL,
    probability       DOUBLE  CHECK (probability BETWEEN 0 AND 1)
);

-- Unique: classification_id, scheme_id, code, position.
CREATE TABLE history.evidence (
    classification_id VARCHAR NOT NULL,
    scheme_id         VARCHAR NOT NULL,
    code              VARCHAR NOT NULL,
    position          INTEGER NOT NULL CHECK (position >= 0),
    quote             VARCHAR NOT NULL CHECK (quote <> ''),
    start_char        BIGINT  NOT NULL CHECK (start_char >= 0),
    end_char          BIGINT  NOT NULL CHECK (end_char > start_char)
);

-- Unique: classification_id, dimension.
CREATE TABLE history.dimension (
    classification_id VARCHAR NOT NULL,
    scheme_id         VARCHAR NOT NULL,
    dimension         VARCHAR NOT NULL,
    level             INTEGER NOT NULL CHECK (level BETWEEN 1 AND 4),
    quote             VARCHAR NOT NULL CHECK (quote <> ''),
    start_char        BIGINT  NOT NULL CHECK (start_char >= 0),
    end_char          BIGINT  NOT NULL CHECK (end_char > start_char)
);

-- Unique: fetch_id.
CREATE TABLE history.fetch (
    fetch_id    VARCHAR   NOT NULL,
    source_id   VARCHAR   NOT NULL,
    url         VARCHAR   NOT NULL,
    document_id VARCHAR,
    status      INTEGER,
    outcome     VARCHAR   NOT NULL CHECK (outcome IN ('new', 'changed', 'unchanged', 'not_modified', 'gone', 'blocked',
                                                      'skipped', 'error')),
    fetched_at  TIMESTAMP NOT NULL,
    elapsed_ms  DOUBLE,
    byte_count  BIGINT,
    body_sha256 VARCHAR,
    detail      VARCHAR,
    run_id      VARCHAR   NOT NULL
);

-- Unique: failure_id.
CREATE TABLE history.failure (
    failure_id  VARCHAR   NOT NULL,
    source_id   VARCHAR   NOT NULL,
    url         VARCHAR,
    reason      VARCHAR   NOT NULL,
    detail      VARCHAR,
    failed_at   TIMESTAMP NOT NULL,
    run_id      VARCHAR   NOT NULL
);

CREATE TABLE history.model (
    model_id      VARCHAR NOT NULL PRIMARY KEY,
    schemes       VARCHAR[] NOT NULL,
    corpus_digest VARCHAR,
    seed          BIGINT,
    versions      VARCHAR NOT NULL,   -- JSON object: package to version
    scores        VARCHAR NOT NULL,   -- JSON object
    trained_at    TIMESTAMP,
    first_run_id  VARCHAR NOT NULL,
    last_run_id   VARCHAR NOT NULL    -- the model of the latest run is the one whose labels are shown
);

CREATE TABLE history.scheme (
    scheme_id    VARCHAR NOT NULL PRIMARY KEY,
    title        VARCHAR NOT NULL,
    first_run_id VARCHAR NOT NULL
);

CREATE TABLE history.code (
    scheme_id  VARCHAR NOT NULL,
    code       VARCHAR NOT NULL,
    title      VARCHAR NOT NULL,
    definition VARCHAR,
    position   INTEGER NOT NULL,
    PRIMARY KEY (scheme_id, code)
);

-- What a person decided about one text of a case study. The latest decision on that text wins over the model.
CREATE TABLE history.annotation (
    annotation_id VARCHAR   NOT NULL PRIMARY KEY,
    case_study_id VARCHAR   NOT NULL,
    text_sha256   VARCHAR   NOT NULL CHECK (length(text_sha256) = 64),
    kind          VARCHAR   NOT NULL CHECK (kind IN ('case_study', 'species', 'stage', 'dimension')),
    scheme_id     VARCHAR,            -- null for kind 'case_study'
    code          VARCHAR,            -- null for kind 'case_study', and for a stage that is not stated
    is_present    BOOLEAN   NOT NULL, -- false: the person says that it does not hold
    level         INTEGER   CHECK (level BETWEEN 1 AND 4),
    quote         VARCHAR,
    start_char    BIGINT    CHECK (start_char >= 0),
    end_char      BIGINT    CHECK (end_char > start_char),
    annotator     VARCHAR   NOT NULL,
    annotated_at  TIMESTAMP NOT NULL,
    note          VARCHAR,
    origin        VARCHAR   NOT NULL, -- the file that it came from
    CHECK ((kind = 'case_study') = (scheme_id IS NULL)),
    CHECK (kind IN ('case_study', 'stage') OR code IS NOT NULL)
);

CREATE TABLE history.snapshot (
    snapshot_id         VARCHAR   NOT NULL PRIMARY KEY,
    number              BIGINT    NOT NULL UNIQUE CHECK (number >= 1),  -- their order
    published_at        TIMESTAMP NOT NULL,
    run_id              VARCHAR,
    write_id            BIGINT    NOT NULL,  -- the last write that it holds
    definition_digest   VARCHAR   NOT NULL,  -- of the views and the dictionary that it was made with
    checksum            VARCHAR   NOT NULL CHECK (length(checksum) = 64),
    source_count        BIGINT    NOT NULL,
    document_count      BIGINT    NOT NULL,
    case_study_count    BIGINT    NOT NULL,
    label_count         BIGINT    NOT NULL,
    evidence_count      BIGINT    NOT NULL,
    annotation_count    BIGINT    NOT NULL,
    citation            VARCHAR   NOT NULL
);

-- What the snapshots held, as spans: a case study's digest from the first snapshot that had it to the last.
-- Unique: case_study_id, first_number.
CREATE TABLE history.published (
    case_study_id VARCHAR NOT NULL,
    digest        VARCHAR NOT NULL,
    first_number  BIGINT  NOT NULL,
    last_number   BIGINT              -- null: the newest snapshot has it
);

-- What was taken down, so that it never comes in again.
CREATE TABLE history.takedown (
    takedown_id VARCHAR   NOT NULL PRIMARY KEY,
    url         VARCHAR,              -- null: the whole source
    source_id   VARCHAR,
    document_id VARCHAR,
    reason      VARCHAR,
    taken_at    TIMESTAMP NOT NULL,
    CHECK (url IS NOT NULL OR source_id IS NOT NULL)
);
