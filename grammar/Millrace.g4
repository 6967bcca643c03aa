// Millrace's SQL dialect, the one ksqlDB speaks. Read by engine/sql/ast_builder*.cpp and by nothing else.
//
// The character stream upper-cases letters for the lexer (engine/sql/char_stream.h), so keywords are
// written in upper case and match in any case; token text keeps the user's spelling.
//
// The order of the tokens is visible: messages list what was expected in this order.
grammar Millrace;

// ---- entry points: one statement, or a part of one for plans stored as text ----

singleStatement
    : statement ';' EOF
    ;

singleTestStatement
    : (testStatement | statement) ';' EOF
    ;

singleExpression
    : expression EOF
    ;

singleType
    : type EOF
    ;

singleColumns
    : tableElement (',' tableElement)* EOF
    ;

// ---- statements ----

statement
    : query                                                             # queryStatement
    | CREATE (OR REPLACE)? SOURCE? STREAM ifNotExists? sourceName
        tableElements? (WITH properties)?                               # createStream
    | CREATE (OR REPLACE)? STREAM ifNotExists? sourceName
        (WITH properties)? AS query                                     # createStreamAs
    | CREATE (OR REPLACE)? SOURCE? TABLE ifNotExists? sourceName
        tableElements? (WITH properties)?                               # createTable
    | CREATE (OR REPLACE)? TABLE ifNotExists? sourceName
        (WITH properties)? AS query                                     # createTableAs
    | INSERT INTO sourceName (WITH properties)? query                   # insertInto
    | INSERT INTO sourceName columns? VALUES values                     # insertValues
    | ALTER (STREAM | TABLE) sourceName addColumn (',' addColumn)*      # alterSource
    | DROP STREAM ifExists? sourceName (DELETE TOPIC)?                  # dropStream
    | DROP TABLE ifExists? sourceName (DELETE TOPIC)?                   # dropTable
    | CREATE TYPE ifNotExists? identifier AS type                       # createType
    | DROP TYPE ifExists? identifier                                    # dropType
    | PRINT resourceName printClause                                    # printTopic
    | TERMINATE (ALL | identifier)                                      # terminateQuery
    | PAUSE (ALL | identifier)                                          # pauseQuery
    | RESUME (ALL | identifier)                                         # resumeQuery
    | EXPLAIN (statement | identifier)                                  # explain
    | (SHOW | LIST) STREAMS EXTENDED?                                   # listStreams
    | (SHOW | LIST) TABLES EXTENDED?                                    # listTables
    | (SHOW | LIST) ALL? TOPICS EXTENDED?                               # listTopics
    | (SHOW | LIST) FUNCTIONS                                           # listFunctions
    | (SHOW | LIST) QUERIES EXTENDED?                                   # listQueries
    | (SHOW | LIST) PROPERTIES                                          # listProperties
    | (SHOW | LIST) TYPES                                               # listTypes
    | (SHOW | LIST) VARIABLES                                           # listVariables
    | (SHOW | LIST) (SOURCE | SINK)? CONNECTORS                         # listConnectors
    | (SHOW | LIST) CONNECTOR PLUGINS                                   # listConnectorPlugins
    | DESCRIBE sourceName EXTENDED?                                     # describeSource
    | DESCRIBE STREAMS EXTENDED?                                        # describeStreams
    | DESCRIBE FUNCTION identifier                                      # describeFunction
    | DESCRIBE CONNECTOR identifier                                     # describeConnector
    | SET STRING '=' STRING                                             # setProperty
    | UNSET STRING                                                      # unsetProperty
    | ALTER SYSTEM STRING '=' STRING                                    # alterSystem
    | DEFINE variableName '=' STRING                                    # defineVariable
    | UNDEFINE variableName                                             # undefineVariable
    | CREATE (SOURCE | SINK) CONNECTOR ifNotExists? identifier
        WITH properties                                                 # createConnector
    | DROP CONNECTOR ifExists? identifier                               # dropConnector
    | ASSERT (NOT EXISTS)? TOPIC resourceName (WITH properties)?
        timeout?                                                        # assertTopic
    | ASSERT (NOT EXISTS)? SCHEMA (SUBJECT resourceName)? (ID literal)?
        timeout?                                                        # assertSchema
    ;

// What only the test runner's scripts (and, for RUN SCRIPT, the shell) may say.
testStatement
    : ASSERT VALUES sourceName columns? VALUES values                   # assertValues
    | ASSERT NULL_LITERAL VALUES sourceName columns? KEY values                 # assertTombstone
    | ASSERT STREAM sourceName tableElements? (WITH properties)?        # assertStream
    | ASSERT TABLE sourceName tableElements? (WITH properties)?         # assertTable
    | RUN SCRIPT STRING                                                 # runScript
    ;

ifNotExists
    : IF NOT EXISTS
    ;

ifExists
    : IF EXISTS
    ;

addColumn
    : ADD COLUMN? identifier type
    ;

timeout
    : TIMEOUT duration
    ;

printClause
    : (FROM BEGINNING)? ((INTERVAL | SAMPLE) number)? (LIMIT number)?
    ;

tableElements
    : '(' tableElement (',' tableElement)* ')'
    ;

tableElement
    : identifier type columnRole?
    ;

columnRole
    : PRIMARY? KEY
    | HEADERS
    | HEADER '(' STRING ')'
    ;

properties
    : '(' property (',' property)* ')'
    ;

property
    : (identifier | STRING) '=' literal
    ;

columns
    : '(' identifier (',' identifier)* ')'
    ;

values
    : '(' valueExpression (',' valueExpression)* ')'
    ;

// ---- queries ----

query
    : SELECT selectItem (',' selectItem)*
      FROM source join*
      (WINDOW window)?
      (WHERE where=condition)?
      (GROUP BY groupBy=keyList)?
      (PARTITION BY partitionBy=keyList)?
      (HAVING having=condition)?
      (EMIT (CHANGES | FINAL))?
      limit?
    ;

// `s->*` is read as an expression with a tail, so that no look-ahead over the whole expression is needed;
// the builder checks that it is a primary one.
selectItem
    : expression ('->' '*' | AS? identifier)?                           # selectSingle
    | identifier '.' '*'                                                # selectSourceStar
    | '*'                                                               # selectStar
    ;

keyList
    : valueExpression (',' valueExpression)*
    | '(' (valueExpression (',' valueExpression)*)? ')'
    ;

limit
    : LIMIT number
    ;

source
    : sourceName (AS? sourceName)?
    ;

join
    : joinType JOIN source (WITHIN within)? ON condition
    ;

joinType
    : INNER?
    | LEFT OUTER?
    | RIGHT OUTER?
    | FULL OUTER?
    ;

within
    : '(' duration ',' duration ')' grace?
    | duration grace?
    ;

window
    : identifier? TUMBLING '(' SIZE duration (',' retention)? (',' grace)? ')'      # tumblingWindow
    | identifier? HOPPING '(' SIZE duration ',' ADVANCE BY duration
        (',' retention)? (',' grace)? ')'                                           # hoppingWindow
    | identifier? SESSION '(' duration (',' retention)? (',' grace)? ')'            # sessionWindow
    ;

retention
    : RETENTION duration
    ;

grace
    : GRACE PERIOD duration
    ;

duration
    : number timeUnit
    ;

timeUnit
    : DAY | DAYS | HOUR | HOURS | MINUTE | MINUTES | SECOND | SECONDS | MILLISECOND | MILLISECONDS
    ;

// ---- expressions ----

expression
    : condition
    ;

condition
    : valueExpression predicate?                                        # predicated
    | NOT condition                                                     # logicNot
    | condition AND condition                                           # logicAnd
    | condition OR condition                                            # logicOr
    ;

predicate
    : comparison valueExpression                                        # compare
    | NOT? BETWEEN valueExpression AND valueExpression                  # between
    | NOT? IN '(' expression (',' expression)* ')'                      # inList
    | NOT? LIKE valueExpression (ESCAPE STRING)?                        # like
    | IS NOT? NULL_LITERAL                                                      # isNull
    | IS NOT? DISTINCT FROM valueExpression                             # distinctFrom
    ;

comparison
    : '=' | '<>' | '!=' | '<' | '<=' | '>' | '>='
    ;

valueExpression
    : primary                                                           # value
    | valueExpression AT TIME ZONE STRING                               # atTimeZone
    | sign=('-' | '+') valueExpression                                  # signed
    | valueExpression op=('*' | '/' | '%') valueExpression              # multiply
    | valueExpression op=('+' | '-') valueExpression                    # add
    | valueExpression '||' valueExpression                              # concatenate
    ;

primary
    : literal                                                           # constant
    | identifier STRING                                                 # typedLiteral
    | CASE valueExpression whenClause+ (ELSE expression)? END           # simpleCase
    | CASE whenClause+ (ELSE expression)? END                           # searchedCase
    | CAST '(' expression AS type ')'                                   # cast
    | ARRAY_OPEN (expression (',' expression)*)? ']'                    # arrayConstructor
    | MAP '(' (mapEntry (',' mapEntry)*)? ')'                           # mapConstructor
    | STRUCT '(' (structField (',' structField)*)? ')'                  # structConstructor
    | functionName '(' '*' ')'                                          # callStar
    | functionName '(' (argument (',' argument)* (',' lambda)*)? ')'      # call
    | primary '[' valueExpression ']'                                   # subscript
    | identifier                                                        # columnReference
    | identifier '.' identifier                                         # qualifiedReference
    | primary '->' identifier                                           # dereference
    | '(' expression ')'                                                # parenthesised
    ;

// MAP( and STRUCT( are constructors. Kept apart here, as ARRAY[ is by the lexer: a constructor that could
// also be a call or a subscript would be looked through to its end, at every level of nesting.
functionName
    : VARIABLE
    | IDENTIFIER
    | DIGIT_IDENTIFIER
    | QUOTED_IDENTIFIER
    | BACKQUOTED_IDENTIFIER
    | nonReservedFunction
    ;

argument
    : expression
    | timeUnit
    ;

lambda
    : identifier '=>' expression
    | '(' identifier (',' identifier)* ')' '=>' expression
    ;

whenClause
    : WHEN expression THEN expression
    ;

mapEntry
    : expression ':=' expression
    ;

structField
    : identifier ':=' expression
    ;

// ---- types ----

type
    : type ARRAY
    | ARRAY '<' type '>'
    | MAP '<' type ',' type '>'
    | STRUCT '<' (identifier type (',' identifier type)*)? '>'
    | STRUCT '<>'
    | identifier ('(' typeParameter (',' typeParameter)* ')')?
    ;

typeParameter
    : INTEGER_VALUE
    | STRING_TYPE
    ;

// ---- names and constants ----

sourceName
    : identifier
    ;

// Topics and subjects: written as an identifier whose case counts, or quoted.
resourceName
    : identifier
    | STRING
    ;

variableName
    : IDENTIFIER
    | nonReserved
    ;

literal
    : NULL_LITERAL
    | number
    | TRUE
    | FALSE
    | STRING
    | VARIABLE
    ;

number
    : '-'? (INTEGER_VALUE | DECIMAL_VALUE | FLOATING_POINT_VALUE)
    ;

identifier
    : VARIABLE
    | IDENTIFIER
    | DIGIT_IDENTIFIER
    | QUOTED_IDENTIFIER
    | BACKQUOTED_IDENTIFIER
    | nonReserved
    ;

nonReserved
    : MAP | STRUCT | nonReservedFunction
    ;

nonReservedFunction
    : SHOW | TABLES | COLUMNS | COLUMN | PARTITIONS | FUNCTIONS | FUNCTION | SESSION
    | ARRAY | PARTITION
    | INTEGER | DATE | TIME | TIMESTAMP | INTERVAL | ZONE | STRING_TYPE
    | YEAR | MONTH | DAY | HOUR | MINUTE | SECOND
    | EXPLAIN | ANALYZE | TYPE | TYPES
    | SET | RESET
    | IF
    | SOURCE | SINK
    | PRIMARY | KEY
    | EMIT | CHANGES | FINAL
    | ESCAPE | REPLACE | ASSERT | ALTER | ADD
    | HEADER | HEADERS
    | GRACE | PERIOD
    | DEFINE | UNDEFINE | VARIABLES
    | PLUGINS | SYSTEM
    | TIMEOUT | SCHEMA | SUBJECT | ID
    ;

// ---- punctuation ----

SEMICOLON: ';';
LEFT_PAREN: '(';
COMMA: ',';
RIGHT_PAREN: ')';
DOT: '.';
LEFT_BRACKET: '[';
RIGHT_BRACKET: ']';
ARRAY_OPEN: 'ARRAY' [ \t\r\n]* '[';
LAMBDA_ARROW: '=>';
ARROW: '->';
ASSIGN: ':=';

// ---- keywords ----

SELECT: 'SELECT';
FROM: 'FROM';
AS: 'AS';
ALL: 'ALL';
DISTINCT: 'DISTINCT';
WHERE: 'WHERE';
WITHIN: 'WITHIN';
WINDOW: 'WINDOW';
GROUP: 'GROUP';
BY: 'BY';
HAVING: 'HAVING';
LIMIT: 'LIMIT';
AT: 'AT';
OR: 'OR';
AND: 'AND';
IN: 'IN';
NOT: 'NOT';
EXISTS: 'EXISTS';
BETWEEN: 'BETWEEN';
LIKE: 'LIKE';
ESCAPE: 'ESCAPE';
IS: 'IS';
NULL_LITERAL: 'NULL';
TRUE: 'TRUE';
FALSE: 'FALSE';
STRING_TYPE: 'STRING';
INTEGER: 'INTEGER';
DATE: 'DATE';
TIME: 'TIME';
TIMESTAMP: 'TIMESTAMP';
INTERVAL: 'INTERVAL';
YEAR: 'YEAR';
MONTH: 'MONTH';
DAY: 'DAY';
HOUR: 'HOUR';
MINUTE: 'MINUTE';
SECOND: 'SECOND';
MILLISECOND: 'MILLISECOND';
YEARS: 'YEARS';
MONTHS: 'MONTHS';
DAYS: 'DAYS';
HOURS: 'HOURS';
MINUTES: 'MINUTES';
SECONDS: 'SECONDS';
MILLISECONDS: 'MILLISECONDS';
ZONE: 'ZONE';
TUMBLING: 'TUMBLING';
HOPPING: 'HOPPING';
SIZE: 'SIZE';
ADVANCE: 'ADVANCE';
RETENTION: 'RETENTION';
GRACE: 'GRACE';
PERIOD: 'PERIOD';
SESSION: 'SESSION';
CASE: 'CASE';
WHEN: 'WHEN';
THEN: 'THEN';
ELSE: 'ELSE';
END: 'END';
JOIN: 'JOIN';
FULL: 'FULL';
OUTER: 'OUTER';
INNER: 'INNER';
LEFT: 'LEFT';
RIGHT: 'RIGHT';
ON: 'ON';
PARTITION: 'PARTITION';
STRUCT: 'STRUCT';
WITH: 'WITH';
VALUES: 'VALUES';
CREATE: 'CREATE';
TABLE: 'TABLE';
TOPIC: 'TOPIC';
STREAM: 'STREAM';
STREAMS: 'STREAMS';
INSERT: 'INSERT';
DELETE: 'DELETE';
INTO: 'INTO';
DESCRIBE: 'DESCRIBE';
EXTENDED: 'EXTENDED';
PRINT: 'PRINT';
EXPLAIN: 'EXPLAIN';
ANALYZE: 'ANALYZE';
TYPE: 'TYPE';
TYPES: 'TYPES';
CAST: 'CAST';
SHOW: 'SHOW';
LIST: 'LIST';
TABLES: 'TABLES';
TOPICS: 'TOPICS';
QUERIES: 'QUERIES';
TERMINATE: 'TERMINATE';
PAUSE: 'PAUSE';
RESUME: 'RESUME';
COLUMNS: 'COLUMNS';
COLUMN: 'COLUMN';
PARTITIONS: 'PARTITIONS';
FUNCTIONS: 'FUNCTIONS';
FUNCTION: 'FUNCTION';
DROP: 'DROP';
ARRAY: 'ARRAY';
MAP: 'MAP';
SET: 'SET';
DEFINE: 'DEFINE';
UNDEFINE: 'UNDEFINE';
RESET: 'RESET';
UNSET: 'UNSET';
SOURCE: 'SOURCE';
SINK: 'SINK';
CONNECTOR: 'CONNECTOR';
CONNECTORS: 'CONNECTORS';
PLUGINS: 'PLUGINS';
PROPERTIES: 'PROPERTIES';
BEGINNING: 'BEGINNING';
SAMPLE: 'SAMPLE';
RUN: 'RUN';
SCRIPT: 'SCRIPT';
PRIMARY: 'PRIMARY';
KEY: 'KEY';
EMIT: 'EMIT';
CHANGES: 'CHANGES';
FINAL: 'FINAL';
REPLACE: 'REPLACE';
IF: 'IF';
VARIABLES: 'VARIABLES';
ASSERT: 'ASSERT';
ALTER: 'ALTER';
ADD: 'ADD';
HEADER: 'HEADER';
HEADERS: 'HEADERS';
SYSTEM: 'SYSTEM';
TIMEOUT: 'TIMEOUT';
SCHEMA: 'SCHEMA';
SUBJECT: 'SUBJECT';
ID: 'ID';

// ---- operators ----

EQ: '=';
NEQ: '<>';
NEQ_BANG: '!=';
LT: '<';
LTE: '<=';
GT: '>';
GTE: '>=';
PLUS: '+';
MINUS: '-';
ASTERISK: '*';
SLASH: '/';
PERCENT: '%';
CONCAT: '||';

// ---- text, numbers, names ----

STRING: '\'' (~'\'' | '\'\'')* '\'';

INTEGER_VALUE: DIGIT+;

DECIMAL_VALUE
    : DIGIT+ '.' DIGIT*
    | '.' DIGIT+
    ;

FLOATING_POINT_VALUE
    : DIGIT+ ('.' DIGIT*)? EXPONENT
    | '.' DIGIT+ EXPONENT
    ;

IDENTIFIER: (LETTER | '_') (LETTER | DIGIT | '_' | '@')*;

DIGIT_IDENTIFIER: DIGIT (LETTER | DIGIT | '_' | '@')+;

QUOTED_IDENTIFIER: '"' (~'"' | '""')* '"';

BACKQUOTED_IDENTIFIER: '`' (~'`' | '``')* '`';

VARIABLE: '${' IDENTIFIER '}';

fragment EXPONENT: 'E' [+-]? DIGIT+;
fragment DIGIT: [0-9];
fragment LETTER: [A-Z];

// `--@name: text` lines are the test runner's; the splitter (engine/sql/script.cpp) reads them.
LINE_COMMENT: '--' ~[\r\n]* -> channel(HIDDEN);
BLOCK_COMMENT: '/*' .*? '*/' -> channel(HIDDEN);
SPACE: [ \t\r\n\u000B\u000C]+ -> channel(HIDDEN);

// Whatever else there is becomes a token, so that the parser reports it with line and column.
UNRECOGNISED: .;
