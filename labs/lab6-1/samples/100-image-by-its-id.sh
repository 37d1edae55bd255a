ID=$(docker images -q alpine)
docker run --name test-data -it $ID sh
echo "중요한 데이터" > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start -i test-data
cat /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -it $(docker images -q alpine:latest) sh
ls /tmp
ls /var/log
exit
