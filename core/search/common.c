/* Words that say nothing of a film, in English and Spanish: what holds a sentence together, and what people write around the plot that
 * they look for ("I saw this movie years ago, please help"). Folded, in order, found by halving.
 */
#include "search/common.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const char *const words[] = {
    "a", "about", "above", "actor", "actors", "actress", "actriz", "actually", "acuerdo", "advance", "after", "again",
    "against", "ago", "al", "algo", "alguien", "algun", "alguna", "algunas", "alguno", "algunos", "all", "alli",
    "almost", "also", "although", "am", "an", "and", "ano", "anos", "ante", "antes", "any", "anybody", "anymore",
    "anyone", "anything", "anyway", "anyways", "anywhere", "apologies", "apologize", "appreciate", "appreciated",
    "aquel", "aquella", "aqui", "are", "argumento", "around", "as", "asi", "at", "aun", "aunque", "away", "awhile",
    "ayuda", "ayudar", "ayudarme", "back", "bajo", "basic", "basically", "be", "because", "been", "before", "beginning",
    "behind", "being", "believe", "below", "between", "bien", "bit", "both", "bunch", "buscando", "busco", "but", "by",
    "cada", "called", "came", "camera", "can", "cannot", "cant", "casi", "cast", "character", "characters",
    "cine", "cinema", "clip", "clue", "color", "colour", "come", "comes", "coming", "como", "con", "contra", "correct",
    "correctly", "cosa", "cosas", "could", "couldn", "couldnt", "creo", "cual", "cuando", "cuanto", "d", "de",
    "definitely", "del", "describe", "description", "desde", "despues", "details", "did", "didn", "didnt",
    "different", "do", "does", "doesn", "doesnt", "doing", "don", "donde", "done", "dont", "dos", "down", "durante",
    "during", "e", "each", "early", "edit", "either", "el", "ella", "ellas", "ellos", "else", "en", "end",
    "ending", "ends", "enough", "entre", "era", "eran", "eres", "es", "esa", "esas", "escena", "escenas", "ese", "eso",
    "esos", "especially", "esque", "esta", "estaba", "estan", "estar", "estas", "este", "esto", "estos", "etc", "even",
    "ever", "every", "everyone", "everything", "exactly", "faintly", "few", "film", "films", "fin", "final", "find",
    "first", "for", "forget", "forgot", "forgotten", "from", "fue", "fueron", "further", "genre", "get", "gets",
    "getting", "go", "goes", "going", "gone", "gonna", "google", "googled", "googling", "got", "gracias", "guess",
    "guessing", "guy", "guys", "ha", "habia", "hace", "hacen", "hacer", "hacia", "had", "hadn", "han", "happen",
    "happened", "happens", "has", "hasn", "hasta", "have", "haven", "having", "hay", "he", "hello", "help", "her",
    "here", "hers", "herself", "hey", "hi", "him", "himself", "his", "hola", "hollywood", "honestly", "hopefully",
    "how", "i", "id", "idea", "identify", "if", "im", "imdb", "in", "info", "into", "is", "ish", "isn",
    "isnt", "it", "its", "itself", "ive", "just", "kind", "know", "known", "la", "las", "last", "late", "later", "le",
    "least", "les", "let", "like", "line", "ll", "llama", "llamaba", "llamada", "llamarse", "lo", "lol", "look",
    "looking", "looks", "los", "lot", "luego", "m", "made", "main", "make", "makes", "many", "mas", "maybe", "me",
    "memories", "memory", "mention", "mi", "mientras", "might", "mis", "misma", "mismo", "more", "most", "movie",
    "movies", "much", "mucha", "mucho", "muchos", "must", "muy", "my", "myself", "nada", "name", "named", "netflix",
    "never", "new", "ni", "ningun", "ninguna", "no", "nobody", "nombre", "nor", "nos", "nosotros", "not", "nothing",
    "now", "nunca", "o", "obvious", "obviously", "of", "off", "ok", "okay", "old", "older", "on", "once", "one",
    "online", "only", "or", "os", "other", "others", "otra", "otras", "otro", "otros", "our", "ours", "ourselves",
    "out", "over", "own", "para", "part", "peli", "pelicula", "peliculas", "pelis", "perhaps", "pero", "personaje",
    "picture", "please", "plot", "poco", "point", "por", "porque", "possibly", "post", "pretty", "principio",
    "probably", "protagonist", "protagonista", "pues", "put", "que", "quien", "quienes", "quite", "re", "really",
    "recall", "recognize", "recollect", "recollection", "recordar", "recuerdo", "reddit", "released", "remember",
    "remembered", "remind", "reminds", "s", "sabe", "saber", "said", "same", "saw", "say", "says", "scene", "scenes",
    "se", "sea", "see", "seem", "seems", "seen", "segun", "ser", "serie", "series",
    "set", "she", "shot", "should", "shouldn", "show", "shown", "si", "sido", "siempre", "sin", "since", "sino", "so",
    "sobre", "solo", "solved", "some", "somebody", "somehow", "someone", "something", "somewhat", "somewhere", "son",
    "sorry", "sort", "soy", "specific", "start", "started", "starts", "still", "story", "su", "such", "sure", "sus",
    "swear", "t", "take", "takes", "tal", "talking", "tambien", "tan", "tanto", "te", "television", "tell", "tells",
    "tener", "tenia", "than", "thank", "thanks", "that", "thats", "the", "theater", "their", "theirs", "them",
    "themselves", "then", "there", "theres", "these", "they", "thing", "things", "think", "thinking", "this", "those",
    "though", "thought", "through", "tiene", "tienen", "time", "tipo", "title", "titulo", "to", "toda", "todas", "todo",
    "todos", "tomt", "too", "took", "toward", "trailer", "tras", "trata", "trataba", "tries", "try", "trying", "tu",
    "turn", "turns", "tus", "tv", "two", "type", "types", "u", "un", "una", "unas", "under", "uno", "unos", "unsure",
    "until", "up", "upon", "us", "used", "using", "va", "vague", "vaguely", "van", "ve", "ver", "version", "very",
    "vez", "vhs", "vi", "vibe", "vieja", "viejo", "vista", "visto", "vividly", "wanna", "was", "wasn", "wasnt", "watch",
    "watched", "watching", "way", "we", "well", "went", "were", "weren", "what", "whatever", "whats", "when",
    "whenever", "where", "whether", "which", "while", "who", "whole", "whom", "whose", "why", "will", "with", "within",
    "without", "won", "would", "wouldn", "wouldnt", "y", "ya", "yeah", "year", "years", "yet", "yo", "you", "your",
    "yours", "yourself", "youtube",
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
