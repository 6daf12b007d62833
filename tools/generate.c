#include "tools/generate.h"

#include "branchcore/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum {
    LINE_ROOM = 256,
    WINDOW_LINES = 1 << 18,
    UNIVERSITY_LINES = 50000,  /* the smallest that can come out has more */
    UNIVERSITIES_KNOWN = 1000, /* where degrees come from */
    DEPARTMENTS_MOST = 25,
    INTERESTS = 30,
    PICKS_MOST = 4,
};

#define RDF_TYPE "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
#define UB       "http://swat.cse.lehigh.edu/onto/univ-bench.owl#"

/* The lines made so far that are not written yet; each new one takes the place of a random other
 * one, which is written. */
struct window {
    char (*lines)[LINE_ROOM];
    uint64_t count;
    uint64_t room;
    uint64_t left; /* to be made */
    uint64_t random;
    FILE *to;
    bool failed;
};

struct department {
    struct window *window;
    uint64_t random;
    unsigned university;
    unsigned number;
    char host[64]; /* of every name in it */
    unsigned courses;
    unsigned graduate_courses;
    unsigned faculty;
    unsigned publications[3][16]; /* by rank and professor; lecturers' have no further authors */
    unsigned professors[3];
    unsigned graduates;
};

/* The publications that graduate students co-author are of these ranks. */
static const char *const ranks[] = {"FullProfessor", "AssociateProfessor", "AssistantProfessor",
                                    "Lecturer"};

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t next_random(uint64_t *state)
{
    return mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

/* A number from least to most; both are small, so the bias is nothing. */
static unsigned between(uint64_t *state, unsigned least, unsigned most)
{
    return least + (unsigned)((next_random(state) >> 32) % (most - least + 1));
}

static void write_line(struct window *window, const char *line)
{
    window->failed = window->failed || fputs(line, window->to) == EOF;
}

static void flush_window(struct window *window)
{
    while (window->count > 0) {
        uint64_t slot = next_random(&window->random) % window->count;
        write_line(window, window->lines[slot]);
        if (slot != --window->count)
            memcpy(window->lines[slot], window->lines[window->count], LINE_ROOM);
    }
}

__attribute__((format(printf, 2, 3))) static void emit(struct department *at, const char *format,
                                                       ...)
{
    struct window *window = at->window;
    if (window->left == 0)
        return;
    window->left--;
    uint64_t slot = window->count;
    if (window->count < window->room) {
        window->count++;
    } else {
        slot = next_random(&window->random) % window->count;
        write_line(window, window->lines[slot]);
    }
    va_list values;
    va_start(values, format);
    vsnprintf(window->lines[slot], LINE_ROOM, format, values);
    va_end(values);
}

static void emit_degree(struct department *at, const char *who, const char *kind)
{
    unsigned from = between(&at->random, 0, UNIVERSITIES_KNOWN - 1);
    emit(at, "<http://%s/%s> <" UB "%sDegreeFrom> <http://www.University%u.edu> .\n", at->host, who,
         kind, from);
    emit(at, "<http://www.University%u.edu> " RDF_TYPE " <" UB "University> .\n", from);
}

static void emit_person(struct department *at, const char *who, const char *type, const char *tie)
{
    emit(at, "<http://%s/%s> " RDF_TYPE " <" UB "%s> .\n", at->host, who, type);
    emit(at, "<http://%s/%s> <" UB "name> \"%s\" .\n", at->host, who, who);
    emit(at, "<http://%s/%s> <" UB "emailAddress> \"%s@%s\" .\n", at->host, who, who,
         at->host + strlen("www."));
    emit(at, "<http://%s/%s> <" UB "telephone> \"xxx-xxx-xxxx\" .\n", at->host, who);
    emit(at, "<http://%s/%s> <" UB "%s> <http://%s> .\n", at->host, who, tie, at->host);
}

static void emit_course(struct department *at, const char *teacher, const char *type,
                        unsigned number)
{
    emit(at, "<http://%s/%s> <" UB "teacherOf> <http://%s/%s%u> .\n", at->host, teacher, at->host,
         type, number);
    emit(at, "<http://%s/%s%u> " RDF_TYPE " <" UB "%s> .\n", at->host, type, number, type);
    emit(at, "<http://%s/%s%u> <" UB "name> \"%s%u\" .\n", at->host, type, number, type, number);
}

static void emit_publications(struct department *at, const char *author, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        emit(at, "<http://%s/%s/Publication%u> " RDF_TYPE " <" UB "Publication> .\n", at->host,
             author, i);
        emit(at, "<http://%s/%s/Publication%u> <" UB "name> \"Publication%u\" .\n", at->host,
             author, i, i);
        emit(at, "<http://%s/%s/Publication%u> <" UB "publicationAuthor> <http://%s/%s> .\n",
             at->host, author, i, at->host, author);
    }
}

static void emit_faculty_member(struct department *at, unsigned rank, unsigned number)
{
    static const unsigned published[][2] = {{15, 20}, {10, 18}, {5, 10}, {0, 5}};
    char who[32];
    snprintf(who, sizeof who, "%s%u", ranks[rank], number);
    emit_person(at, who, ranks[rank], "worksFor");
    emit_degree(at, who, "undergraduate");
    emit_degree(at, who, "masters");
    emit_degree(at, who, "doctoral");
    for (unsigned i = between(&at->random, 1, 2); i > 0; i--)
        emit_course(at, who, "Course", at->courses++);
    for (unsigned i = between(&at->random, 1, 2); i > 0; i--)
        emit_course(at, who, "GraduateCourse", at->graduate_courses++);
    unsigned publications = between(&at->random, published[rank][0], published[rank][1]);
    emit_publications(at, who, publications);
    if (rank == 3)
        return;
    at->publications[rank][number] = publications;
    emit(at, "<http://%s/%s> <" UB "researchInterest> \"Research%u\" .\n", at->host, who,
         between(&at->random, 0, INTERESTS - 1));
}

static void emit_faculty(struct department *at)
{
    static const unsigned sizes[][2] = {{7, 10}, {10, 14}, {8, 11}, {5, 7}};
    for (unsigned rank = 0; rank < 4; rank++) {
        unsigned count = between(&at->random, sizes[rank][0], sizes[rank][1]);
        for (unsigned i = 0; i < count; i++)
            emit_faculty_member(at, rank, i);
        at->faculty += count;
        if (rank < 3)
            at->professors[rank] = count;
    }
    emit(at, "<http://%s/FullProfessor%u> <" UB "headOf> <http://%s> .\n", at->host,
         between(&at->random, 0, at->professors[0] - 1), at->host);
}

static void emit_courses_taken(struct department *at, const char *who, const char *type,
                               unsigned count, unsigned courses)
{
    unsigned taken[PICKS_MOST];
    if (count > courses)
        count = courses;
    for (unsigned i = 0; i < count;) {
        unsigned course = between(&at->random, 0, courses - 1);
        bool again = false;
        for (unsigned k = 0; k < i; k++)
            again = again || taken[k] == course;
        if (again)
            continue;
        taken[i++] = course;
        emit(at, "<http://%s/%s> <" UB "takesCourse> <http://%s/%s%u> .\n", at->host, who, at->host,
             type, course);
    }
}

static void emit_advisor(struct department *at, const char *who)
{
    unsigned rank = between(&at->random, 0, 2);
    emit(at, "<http://%s/%s> <" UB "advisor> <http://%s/%s%u> .\n", at->host, who, at->host,
         ranks[rank], between(&at->random, 0, at->professors[rank] - 1));
}

static void emit_undergraduates(struct department *at)
{
    unsigned count = at->faculty * between(&at->random, 8, 14);
    for (unsigned i = 0; i < count; i++) {
        char who[32];
        snprintf(who, sizeof who, "UndergraduateStudent%u", i);
        emit_person(at, who, "UndergraduateStudent", "memberOf");
        emit_courses_taken(at, who, "Course", between(&at->random, 2, 4), at->courses);
        if (between(&at->random, 1, 5) == 1)
            emit_advisor(at, who);
    }
}

static void emit_authorship(struct department *at, const char *who)
{
    unsigned rank = between(&at->random, 0, 2);
    unsigned professor = between(&at->random, 0, at->professors[rank] - 1);
    unsigned publication =
        between(&at->random, 0, at->publications[rank][professor] - 1); /* at least 5 */
    emit(at, "<http://%s/%s%u/Publication%u> <" UB "publicationAuthor> <http://%s/%s> .\n",
         at->host, ranks[rank], professor, publication, at->host, who);
}

static void emit_assistantship(struct department *at, const char *who, unsigned number)
{
    unsigned share = between(&at->random, 0, 99);
    if (share < 22 && number < at->courses) { /* one assistant a course */
        emit(at, "<http://%s/%s> " RDF_TYPE " <" UB "TeachingAssistant> .\n", at->host, who);
        emit(at, "<http://%s/%s> <" UB "teachingAssistantOf> <http://%s/Course%u> .\n", at->host,
             who, at->host, number);
    } else if (share < 22 + 29) {
        emit(at, "<http://%s/%s> " RDF_TYPE " <" UB "ResearchAssistant> .\n", at->host, who);
    }
}

static void emit_graduates(struct department *at)
{
    at->graduates = at->faculty * between(&at->random, 3, 4);
    for (unsigned i = 0; i < at->graduates; i++) {
        char who[32];
        snprintf(who, sizeof who, "GraduateStudent%u", i);
        emit_person(at, who, "GraduateStudent", "memberOf");
        emit_degree(at, who, "undergraduate");
        emit_courses_taken(at, who, "GraduateCourse", between(&at->random, 1, 3),
                           at->graduate_courses);
        emit_advisor(at, who);
        emit_assistantship(at, who, i);
        for (unsigned k = between(&at->random, 0, 5); k > 0; k--)
            emit_authorship(at, who);
    }
}

static void emit_department(struct department *at)
{
    emit(at, "<http://www.University%u.edu> " RDF_TYPE " <" UB "University> .\n", at->university);
    emit(at, "<http://www.University%u.edu> <" UB "name> \"University%u\" .\n", at->university,
         at->university);
    emit(at, "<http://%s> " RDF_TYPE " <" UB "Department> .\n", at->host);
    emit(at, "<http://%s> <" UB "name> \"Department%u\" .\n", at->host, at->number);
    emit(at, "<http://%s> <" UB "subOrganizationOf> <http://www.University%u.edu> .\n", at->host,
         at->university);
    emit_faculty(at);
    emit_undergraduates(at);
    emit_graduates(at);
    for (unsigned i = between(&at->random, 10, 20); i > 0; i--) {
        emit(at, "<http://%s/ResearchGroup%u> " RDF_TYPE " <" UB "ResearchGroup> .\n", at->host,
             i - 1);
        emit(at,
             "<http://%s/ResearchGroup%u> <" UB "subOrganizationOf> <http://www.Department%u."
             "University%u.edu> .\n",
             at->host, i - 1, at->number, at->university);
    }
}

/* The i-th of the numbers below `count`, each once, in no visible order: a bijection of the next
 * power of two, repeated until it lands below. */
static uint64_t shuffled(uint64_t i, uint64_t count, uint64_t seed)
{
    uint64_t mask = 1;
    while (mask < count - 1)
        mask = mask << 1 | 1;
    do {
        i = (i * UINT64_C(0x9e3779b97f4a7c15) + mix(seed)) & mask;
        i ^= i >> 5;
        i = (i * UINT64_C(0xd1342543de82ef95) + 1) & mask;
    } while (i >= count);
    return i;
}

static unsigned departments_of(uint64_t seed, unsigned university)
{
    uint64_t random = mix(seed ^ mix(university));
    return between(&random, 15, DEPARTMENTS_MOST);
}

enum bc_status tfs_generate(const struct tfs_generate_options *options, FILE *to)
{
    uint64_t universities = options->lines / UNIVERSITY_LINES + 1;
    uint64_t places = universities * DEPARTMENTS_MOST;
    struct window window = {
        .room = options->lines < WINDOW_LINES ? options->lines : WINDOW_LINES,
        .left = options->lines,
        .random = options->seed,
        .to = to,
    };
    window.lines = bc_alloc_array(window.room, LINE_ROOM);
    if (!window.lines)
        return BC_NO_MEMORY;
    for (uint64_t i = 0; i < places && window.left > 0 && !window.failed; i++) {
        uint64_t place = shuffled(i, places, options->seed);
        struct department at = {
            .window = &window,
            .random = mix(options->seed ^ mix(place)),
            .university = (unsigned)(place / DEPARTMENTS_MOST),
            .number = (unsigned)(place % DEPARTMENTS_MOST),
        };
        if (at.number >= departments_of(options->seed, at.university))
            continue;
        snprintf(at.host, sizeof at.host, "www.Department%u.University%u.edu", at.number,
                 at.university);
        emit_department(&at);
    }
    flush_window(&window);
    bc_free(window.lines);
    return window.failed || fflush(to) == EOF ? BC_IO : BC_OK;
}
