/* Words that say nothing of a film, in English and Spanish: what holds a sentence together, and what people write around the plot that
 * they look for ("I saw this movie years ago, please help"). Folded, in order, found by halving.
 */
#include "search/common.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char *const words[] = {
    "a", "about", "above", "actor", "actors", "actress", "actriz", "acuerdo", "after", "again", "against", "al", "algo",
    "alguien", "algun", "alguna", "algunas", "alguno", "algunos", "all", "alli", "almost", "also", "although", "am", "an",
    "and", "ano", "anos", "ante", "antes", "any", "anybody", "anymore", "anyone", "anything", "anyway", "aquel", "aquella",
    "aqui", "are", "argumento", "around", "as", "asi", "at", "aun", "aunque", "away", "ayuda", "back", "bajo", "be",
    "because", "been", "before", "beginning", "behind", "being", "believe", "below", "between", "bien", "bit", "both",
    "buscando", "busco", "but", "by", "cada", "called", "camera", "can", "cannot", "casi", "cast", "character",
    "characters", "cine", "cinema", "clip", "clue", "color", "colour", "como", "con", "contra", "cosa", "cosas", "could",
    "creo", "cual", "cuando", "cuanto", "d", "de", "del", "describe", "desde", "despues", "details", "did", "didn", "do",
    "does", "doesn", "doing", "don", "donde", "done", "dos", "down", "durante", "during", "e", "each", "early", "either",
    "el", "ella", "ellas", "ellos", "else", "en", "end", "ending", "ends", "enough", "entre", "era", "eran", "eres", "es",
    "esa", "esas", "escena", "escenas", "ese", "eso", "esos", "esta", "estaba", "estan", "estar", "estas", "este", "esto",
    "estos", "even", "ever", "every", "everyone", "everything", "exactly", "few", "film", "films", "fin", "final", "find",
    "first", "for", "forget", "forgot", "forgotten", "from", "fue", "fueron", "further", "genre", "get", "gets", "getting",
    "go", "goes", "going", "gone", "got", "gracias", "guess", "guy", "guys", "ha", "habia", "hace", "hacen", "hacer",
    "hacia", "had", "hadn", "han", "happen", "happened", "happens", "has", "hasn", "hasta", "have", "haven", "having",
    "hay", "he", "help", "her", "here", "hers", "herself", "him", "himself", "his", "hollywood", "how", "i", "idea", "if",
    "in", "into", "is", "isn", "it", "its", "itself", "just", "kind", "know", "known", "la", "las", "last", "late", "later",
    "le", "les", "let", "like", "line", "ll", "llama", "llamaba", "llamada", "lo", "look", "looking", "looks", "los", "lot",
    "luego", "m", "made", "main", "make", "makes", "many", "mas", "maybe", "me", "mention", "mi", "mientras", "might",
    "mis", "misma", "mismo", "more", "most", "movie", "movies", "much", "mucha", "mucho", "muchos", "must", "muy", "my",
    "myself", "nada", "name", "named", "never", "new", "ni", "ningun", "ninguna", "no", "nobody", "nombre", "nor", "nos",
    "nosotros", "not", "nothing", "now", "nunca", "o", "of", "off", "old", "older", "on", "once", "one", "only", "or", "os",
    "other", "others", "otra", "otras", "otro", "otros", "our", "ours", "ourselves", "out", "over", "own", "para", "part",
    "peli", "pelicula", "peliculas", "pelis", "perhaps", "pero", "personaje", "picture", "please", "plot", "poco", "point",
    "por", "porque", "possibly", "pretty", "principio", "probably", "protagonista", "pues", "put", "que", "quien",
    "quienes", "quite", "re", "really", "recall", "recognize", "recordar", "recuerdo", "released", "remember", "remembered",
    "s", "sabe", "saber", "said", "same", "saw", "say", "says", "scene", "scenes", "se", "sea", "see", "seem", "seems",
    "seen", "segun", "ser", "serie", "series", "set", "she", "shot", "should", "shouldn", "show", "shown", "si", "sido",
    "siempre", "sin", "since", "sino", "so", "sobre", "solo", "some", "somebody", "someone", "something", "somewhat", "son",
    "sort", "soy", "specific", "start", "started", "starts", "still", "story", "su", "such", "sure", "sus", "t", "take",
    "takes", "tal", "talking", "tambien", "tan", "tanto", "te", "television", "tell", "tells", "tener", "tenia", "than",
    "thank", "thanks", "that", "the", "theater", "their", "theirs", "them", "themselves", "then", "there", "these", "they",
    "thing", "things", "think", "thinking", "this", "those", "though", "thought", "through", "tiene", "tienen", "time",
    "tipo", "title", "titulo", "to", "toda", "todas", "todo", "todos", "tomt", "too", "took", "toward", "trailer", "tras",
    "trata", "tries", "try", "trying", "tu", "turn", "turns", "tus", "tv", "two", "u", "un", "una", "unas", "under", "uno",
    "unos", "until", "up", "upon", "us", "used", "using", "va", "vague", "vaguely", "van", "ve", "ver", "version", "very",
    "vez", "vi", "vieja", "viejo", "was", "wasn", "watch", "watched", "watching", "way", "we", "well", "went", "were",
    "weren", "what", "when", "where", "whether", "which", "while", "who", "whole", "whom", "whose", "why", "will", "with",
    "within", "without", "won", "would", "wouldn", "y", "ya", "year", "years", "yet", "yo", "you", "your", "yours",
    "yourself",
};
/* clang-format on */

static int compare(const void *key, const void *item)
{
    const char *const *text = item;
    return strcmp(key, *text);
}

bool is_common_word(const char *text)
{
    return bsearch(text, words, sizeof words / sizeof *words, sizeof *words, compare) != NULL;
}
